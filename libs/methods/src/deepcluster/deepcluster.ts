import { defineMethod } from '@tessera/core';
import { z } from 'zod';
import { siamese } from '../siamese.ts';

/**
 * DeepCluster-v2 (https://arxiv.org/abs/2006.09882), the offline relative that the SwAV paper compares with. The defaults are a CIFAR-10
 * setting with SwAV's crops; for ImageNet take 2 x 224 + 6 x 96 pixels, three times 3000 clusters and LARC.
 */
export const deepClusterV2 = defineMethod({
  name: 'deepcluster-v2',
  summary: 'The images are clustered before every epoch; every crop predicts the cluster of its image.',
  options: z.strictObject({}),
  defaults: {
    augmenter: {
      name: 'swav',
      options: {
        crops: [
          { count: 2, size: 32, scale: [0.2, 1] },
          { count: 4, size: 18, scale: [0.08, 0.5] },
        ],
        strength: 0.5,
        blur: 'none',
      },
    },
    encoder: { name: 'resnet', options: { depth: 18, stem: 'cifar' } },
    head: { name: 'mlp', options: { layers: 2, out: 128, batchNorm: 'hidden' } },
    objective: { name: 'deepcluster-v2', options: { clusters: [128, 128, 128] } },
    optimizer: { name: 'adamw', options: { learningRate: 1e-3, weightDecay: 1e-6 } },
    schedule: { name: 'warmup-cosine', options: { warmupEpochs: 1 } },
  },
  create: (_options, context) => siamese(context),
});
