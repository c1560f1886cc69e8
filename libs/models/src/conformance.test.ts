import { testEncoder, testHead } from '@tessera/testing';
import { dinoHead } from './heads/dino.ts';
import { linearHead } from './heads/linear.ts';
import { mlpHead } from './heads/mlp.ts';
import { noHead } from './heads/none.ts';
import { resnetEncoder } from './resnet/resnet.ts';
import { vitEncoder } from './vit/vit.ts';

const quick = { engine: 'wasm', size: 16 } as const;
const small = { blocks: [1, 1, 1, 1], width: 4, stem: 'cifar' };
testEncoder(resnetEncoder, { ...quick, options: small, badOptions: { depth: 19, stem: 'mnist' } });
testEncoder(resnetEncoder, { ...quick, options: { ...small, norm: 'layer', block: 'bottleneck' } });
testEncoder(resnetEncoder, { ...quick, options: { ...small, norm: 'shuffled', init: 'google' } });
const tinyVit = { width: 12, depth: 2, heads: 3, patch: 4, image: 16, mlpRatio: 2 };
testEncoder(vitEncoder, { ...quick, options: tinyVit, badOptions: { heads: 5, patch: 3, dropPath: 1, pool: 'max' } });
// Positions of other sizes, of which these images have neither height nor width.
testEncoder(vitEncoder, { ...quick, options: { ...tinyVit, image: 24, pool: 'avg', dropPath: 0.4, qkvBias: false } });
testEncoder(vitEncoder, {
  ...quick,
  options: { ...tinyVit, image: 8, pool: 'avg', classToken: false, interpolation: 'dino' },
});
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
