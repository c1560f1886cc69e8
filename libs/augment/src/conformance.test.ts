import { testAugmenter } from '@tessera/testing';
import { pipelineAugmenter } from './augmenters/pipeline.ts';
import { plainAugmenter } from './augmenters/plain.ts';
import { simclrAugmenter } from './augmenters/simclr.ts';
import { swavAugmenter } from './augmenters/swav.ts';
import { viewOps } from './ops/view-ops.ts';

const badOptions = { blurSigma: [2, 1], strength: -1, jitter: 'tensorflow' };
const crops = [
  { count: 2, size: 16, scale: [0.14, 1] },
  { count: 3, size: 8, scale: [0.05, 0.14] },
];
testAugmenter(simclrAugmenter, { options: { size: 16 }, badOptions });
testAugmenter(simclrAugmenter, {
  options: { size: 16, pixels: 'uint8', jitter: 'google-v1', blur: 'gaussian-zero' },
  badOptions,
});
testAugmenter(swavAugmenter, { options: { crops }, badOptions });
testAugmenter(plainAugmenter, { options: { size: 16 }, badOptions: { resize: 4 }, random: false });
testAugmenter(pipelineAugmenter, {
  options: {
    views: [
      {
        count: 2,
        size: 16,
        ops: viewOps.filter(({ name }) => name !== 'gaussian-noise').map(({ name }) => ({ name, probability: 0.5 })),
      },
    ],
  },
});
testAugmenter(pipelineAugmenter, {
  options: {
    views: [{ count: 2, size: 16, ops: viewOps.map(({ name }) => ({ name, probability: 0.5 })) }, { size: 8 }],
  },
  badOptions: { views: [] },
});
