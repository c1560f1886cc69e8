import { testEncoder, testHead } from '@tessera/testing';
import { dinoHead } from './heads/dino.ts';
import { linearHead } from './heads/linear.ts';
import { mlpHead } from './heads/mlp.ts';
import { noHead } from './heads/none.ts';
import { resnetEncoder } from './resnet/resnet.ts';

const quick = { engine: 'wasm', size: 16 } as const;
const small = { blocks: [1, 1, 1, 1], width: 4, stem: 'cifar' };
testEncoder(resnetEncoder, { ...quick, options: small, badOptions: { depth: 19, stem: 'mnist' } });
testEncoder(resnetEncoder, { ...quick, options: { ...small, norm: 'layer', block: 'bottleneck' } });
testEncoder(resnetEncoder, { ...quick, options: { ...small, norm: 'shuffled', init: 'google' } });
testHead(mlpHead, { options: { layers: 3, out: 5, batchNorm: 'all' }, badOptions: { layers: 4, batchNorm: 'some' } });
testHead(mlpHead, { options: { out: 5, batchNorm: 'hidden', norm: 'layer', init: 'google' } });
testHead(mlpHead, {
  options: { layers: 2, out: 5, batchNorm: 'all', outputScale: false },
  badOptions: { outputScale: 1 },
});
testHead(dinoHead, {
  options: { hidden: 12, bottleneck: 6, out: 10 },
  badOptions: { out: 0, layers: 0, bottleneck: 0, normLastLayer: 1 },
});
testHead(dinoHead, { options: { layers: 1, hidden: 12, bottleneck: 6, out: 10, normLastLayer: false } });
testHead(linearHead, { options: { out: 5 }, badOptions: { out: 0 } });
testHead(linearHead, { options: { out: 'classes' }, badOptions: { out: 'labels' } });
testHead(noHead);
