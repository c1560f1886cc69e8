/**
 * NT-Logistic, one of the losses that SimCLR compares NT-Xent with (https://arxiv.org/abs/2002.05709, table 2 and table 4).
 *
 * Shapes: see mean-over-positives.ts.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { POSITIVE, requireNumbers } from '@tessera/core';
import { softplus } from '@tessera/engine';
import { meanOverPositives, type NegativeOptions } from './mean-over-positives.ts';

/** Options of {@link ntLogistic}. */
export interface NtLogisticOptions extends NegativeOptions {
  /** tau > 0; similarities are divided by it. No default. */
  readonly temperature: number;
}

/**
 * For an anchor u with positive v+ and negatives v-, all of unit length: -log sigmoid(u.v+ / tau) + mean over v- of -log sigmoid(-u.v- / tau),
 * averaged over anchors. The table leaves open how negatives are reduced; here it is the mean, so the positive weighs as much as
 * all negatives together. With semi-hard mining the mean is over negatives with u.v- < u.v+ (or it is the nearest of these alone), and
 * 0 where there are none.
 *
 * More than two views: the mean over all ordered pairs of views of an image.
 * @param z_RD view-major [V * N, D] float32, not normalised
 * @throws TesseraError `E_VIEWS` if there are fewer than two views, or rows that do not divide by them; `E_OPTION_INVALID` on a temperature
 * that is not above 0
 */
export function ntLogistic(z_RD: Tensor2D, { temperature, ...options }: NtLogisticOptions): Scalar {
  requireNumbers('ntLogistic', { temperature }, POSITIVE);
  return meanOverPositives(z_RD, options, undefined, ({ similarity_RC, positive_R1, isPositive_RC, weight_RC }) => {
    const pull_R1 = tf.div<Tensor2D>(positive_R1, -temperature);
    const push_RC = tf.div<Tensor2D>(similarity_RC, temperature);
    return {
      loss: tf.add(tf.sum(softplus(pull_R1)), tf.sum(tf.mul(weight_RC, softplus(push_RC)))),
      slope_RC: tf.div(
        tf.sub(tf.mul(weight_RC, tf.sigmoid(push_RC)), tf.mul(isPositive_RC, tf.sigmoid(pull_R1))),
        temperature,
      ),
    };
  });
}
