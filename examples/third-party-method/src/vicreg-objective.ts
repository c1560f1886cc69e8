import * as tf from '@tensorflow/tfjs-core';
import type { Scalar } from '@tensorflow/tfjs-core';
import { defineObjective, statelessObjective, TesseraError } from '@tessera/core';
import { z } from 'zod';
import { covariancePenalty, invariance, varianceShortfall } from './vicreg-loss.ts';

const weight = (value: number) => z.number().min(0).default(value);

/**
 * similarity * invariance(x, y) + variance * (v(x) + v(y)) / 2 + covariance * (c(x) + c(y)), the weighting of the reference code.
 * Metrics: the three terms, unweighted.
 */
export const vicregObjective = defineObjective({
  name: 'vicreg',
  summary: 'Views of an image agree, every dimension varies over the batch, no two dimensions say the same.',
  options: z.strictObject({
    similarity: weight(25).describe('weight of the invariance term; >= 0'),
    variance: weight(25).describe('weight of the variance term; >= 0'),
    covariance: weight(1).describe('weight of the covariance term; >= 0'),
  }),
  // The variance is that of a batch; of one image there is none.
  needs: { images: 2, views: 2 },
  create: (weights) =>
    statelessObjective(({ online: views = [] }, _batch, { collective }) => {
      const [x, y] = views;
      if (!x || !y || views.length !== 2) {
        throw new TesseraError({
          code: 'E_VICREG_VIEWS',
          message: `the objective vicreg got ${views.length} view(s) of an image, expected 2`,
          next: 'Set `augmenter.options.views` to 2.',
        });
      }
      // Statistics of the global batch: the same value on every process, and gradients flow back through allGather.
      const [x_BD, y_BD] = [collective.allGather(x), collective.allGather(y)];
      const similarity = invariance(x_BD, y_BD);
      const variance = tf.div<Scalar>(tf.add(varianceShortfall(x_BD), varianceShortfall(y_BD)), 2);
      const covariance = tf.add<Scalar>(covariancePenalty(x_BD), covariancePenalty(y_BD));
      const loss = tf.addN<Scalar>([
        tf.mul(similarity, weights.similarity),
        tf.mul(variance, weights.variance),
        tf.mul(covariance, weights.covariance),
      ]);
      return { loss, metrics: { invariance: similarity, variance, covariance } };
    }),
});
