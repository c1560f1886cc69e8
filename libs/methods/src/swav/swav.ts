import { defineMethod } from '@tessera/core';
import { z } from 'zod';
import { multiCropDefaults } from '../multi-crop-defaults.ts';
import { siamese } from '../siamese.ts';

/**
 * SwAV (https://arxiv.org/abs/2006.09882). The defaults are a CIFAR-10 setting: two crops of 32 pixels and four of 18, 128 prototypes
 * frozen for the first epoch, AdamW; for ImageNet take 2 x 224 + 6 x 96 pixels, 3000 prototypes and LARC (and a queue below batches of
 * about 1000).
 */
export const swav = defineMethod({
  name: 'swav',
  summary:
    "A crop predicts which prototypes the image's other crops were assigned to, with assignments balanced over the batch.",
  options: z.strictObject({}),
  ...multiCropDefaults({ name: 'swav', options: { prototypes: 128, freezeEpochs: 1 } }),
  objectives: ['swav'],
  create: (_options, context) => siamese(context),
});
