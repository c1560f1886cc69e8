import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { detached } from '@tessera/engine';

/**
 * How far rows are from being all alike: their mean squared distance from their mean, over their mean squared length; from 0, all alike, to 1.
 * Rows of zeros are alike. Without gradients.
 * @param u_RD any number of rows of width D
 */
export function embeddingSpread(u_RD: Tensor2D): Scalar {
  return detached(() => {
    const distance = tf.mean(tf.sum(tf.square(tf.sub(u_RD, tf.mean(u_RD, 0, true))), 1));
    const length = tf.mean(tf.sum(tf.square(u_RD), 1));
    return tf.div<Scalar>(distance, tf.maximum(length, 1e-30));
  });
}
