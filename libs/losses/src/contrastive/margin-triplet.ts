/**
 * The margin triplet loss, one of the losses that SimCLR compares NT-Xent with (https://arxiv.org/abs/2002.05709, table 2 and table 4;
 * semi-hard mining: FaceNet, https://arxiv.org/abs/1503.03832).
 *
 * Shapes: see mean-over-positives.ts.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { requireNumbers } from '@tessera/core';
import { meanOverPositives, type NegativeOptions } from './mean-over-positives.ts';

/** Options of {@link marginTriplet}. */
export interface MarginTripletOptions extends NegativeOptions {
  /** m >= 0: how much more similar the positive is to be than a negative, as a difference of cosines. No default. */
  readonly margin: number;
}

/**
 * For an anchor u with positive v+ and negatives v-, all of unit length: mean over v- of max(0, u.v- - u.v+ + m), averaged over anchors. With
 * semi-hard mining the mean is over negatives with u.v+ - m < u.v- < u.v+ (or it is the nearest of these alone), and 0 where there
 * are none. The kink of the hinge has slope 0.
 *
 * More than two views: the mean over all ordered pairs of views of an image.
 * @param z_RD view-major [V * N, D] float32, not normalised
 * @throws TesseraError `E_VIEWS` if there are fewer than two views, or rows that do not divide by them; `E_OPTION_INVALID` on a margin
 * below 0
 */
export function marginTriplet(z_RD: Tensor2D, { margin, ...options }: MarginTripletOptions): Scalar {
  requireNumbers('marginTriplet', { margin }, { atLeast: 0 });
  return meanOverPositives(z_RD, options, margin, ({ similarity_RC, positive_R1, isPositive_RC, weight_RC }) => {
    const violation_RC = tf.add(tf.sub(similarity_RC, positive_R1), margin);
    const active_RC = tf.mul(weight_RC, tf.cast(tf.greater(violation_RC, 0), 'float32'));
    return {
      loss: tf.sum(tf.mul(active_RC, violation_RC)),
      slope_RC: tf.sub(active_RC, tf.mul(isPositive_RC, tf.sum(active_RC, 1, true))),
    };
  });
}
