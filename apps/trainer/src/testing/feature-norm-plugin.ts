/** A plugin for tests: an evaluation that no command knows. */
import { defineEvaluation, definePlugin } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';

const featureNorm = defineEvaluation({
  name: 'feature-norm',
  summary: 'Mean norm of the features of a split.',
  options: z.strictObject({
    split: z.enum(['train', 'test']).default('test'),
    order: z.number().positive().default(2),
  }),
  create: ({ split, order }, context) => ({
    protocol: `mean ${String(order)}-norm of the features of the ${split} images`,
    run: async () => {
      const { features_ND } = await context.features(split);
      const norm = tf.tidy(() => tf.mean(tf.norm(features_ND, order, 1)).dataSync()[0] ?? NaN);
      return { norm, images: features_ND.shape[0] };
    },
  }),
});

export default definePlugin({ name: 'feature-norm', contract: 2, extensions: [featureNorm] });
