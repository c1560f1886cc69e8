import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { float32Op } from './float32-op.ts';

/** Safe in float32 only: 1e-12 is 0 in half precision. */
const EPSILON = 1e-12;

/**
 * Rows of unit length: x / max(|x|, 1e-12), as `torch.nn.functional.normalize`. A zero row stays zero.
 *
 * Gradient: (dy - y (y . dy)) / max(|x|, 1e-12).
 * @param x_ND float32 [N, D]
 * @param axis 1 normalises rows, 0 columns
 */
export function l2Normalize(x_ND: Tensor2D, axis: 0 | 1 = 1): Tensor2D {
  return float32Op<Tensor2D>(
    [x_ND],
    () => {
      const length = tf.maximum(tf.sqrt(tf.sum(tf.square(x_ND), axis, true)), EPSILON);
      const value = tf.div<Tensor2D>(x_ND, length);
      return { value, saved: [value, length] };
    },
    (dy_ND, [y_ND, length]) => {
      if (!y_ND || !length) throw new Error('l2Normalize: saved tensors are gone');
      return [tf.div(tf.sub(dy_ND, tf.mul(y_ND, tf.sum(tf.mul(y_ND, dy_ND), axis, true))), length)];
    },
  );
}
