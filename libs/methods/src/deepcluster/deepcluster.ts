import { defineMethod } from '@tessera/core';
import { z } from 'zod';
import { multiCropDefaults } from '../multi-crop-defaults.ts';
import { siamese } from '../siamese.ts';

/**
 * DeepCluster-v2 (https://arxiv.org/abs/2006.09882), the offline relative that the SwAV paper compares with. The defaults are a CIFAR-10
 * setting with SwAV's crops; for ImageNet take 2 x 224 + 6 x 96 pixels, three times 3000 clusters and LARC.
 */
export const deepClusterV2 = defineMethod({
  name: 'deepcluster-v2',
  summary: 'The images are clustered before every epoch; every crop predicts the cluster of its image.',
  options: z.strictObject({}),
  ...multiCropDefaults({ name: 'deepcluster-v2', options: { clusters: [128, 128, 128] } }),
  objectives: ['deepcluster-v2'],
  create: (_options, context) => siamese(context),
});
