import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { detached } from '@tessera/engine';

/** Mean of the codes' largest entries: 1 / K when they are uniform, 1 when they are hard. @param codes_AK of the assigned crops, all rows */
export function codeSharpness(codes_AK: Tensor2D): Scalar {
  return detached(() => tf.mean<Scalar>(tf.max(codes_AK, 1)));
}

/**
 * How far Sinkhorn was from equal shares: the largest |K p - 1|, p a prototype's share of all codes, queue included; mean over crops. 0 is
 * perfect; one prototype taking twice its share gives 1.
 * @param balanced what Sinkhorn returned, one [queue + B, K] an assigned crop
 */
export function marginalError(balanced: readonly Tensor2D[]): Scalar {
  return detached(() => {
    const perCrop = balanced.map((codes_SK) => {
      const share_K = tf.mul(tf.mean(codes_SK, 0), codes_SK.shape[1]);
      return tf.max<Scalar>(tf.abs(tf.sub(share_K, 1)));
    });
    return tf.mean<Scalar>(tf.stack(perCrop));
  });
}

/**
 * Entropy of the batch's mean prediction, divided by ln K: 1 when the batch as a whole predicts all prototypes alike. It stays 1 under
 * collapse to the uniform prediction, which code sharpness shows.
 * @param scores_AK of the assigned crops, all rows
 */
export function prototypeEntropy(scores_AK: Tensor2D, temperature: number): Scalar {
  return detached(() => {
    const mean_K = tf.mean(tf.softmax(tf.div<Tensor2D>(scores_AK, temperature), 1), 0);
    const entropy = tf.neg(tf.sum(tf.mul(mean_K, tf.log(tf.maximum(mean_K, 1e-12)))));
    return tf.div<Scalar>(entropy, Math.log(scores_AK.shape[1]));
  });
}

/** Mean over heads; differentiable. */
export function meanOf(values: readonly Scalar[]): Scalar {
  const [only] = values;
  return values.length === 1 && only ? only : tf.div<Scalar>(tf.addN([...values]), values.length);
}
