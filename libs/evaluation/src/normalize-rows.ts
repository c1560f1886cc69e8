import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/** Rows of unit length; a zero row stays zero (torch's F.normalize, eps 1e-12). */
export function normalizeRows(x_ND: Tensor2D): Tensor2D {
  return tf.div(x_ND, tf.maximum(tf.sqrt(tf.sum(tf.mul(x_ND, x_ND), 1, true)), 1e-12));
}
