import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { tryKernel } from '../try-kernel.ts';
import { float32Op } from './float32-op.ts';

/** Safe in float32 only: 1e-12 is 0 in half precision. */
const EPSILON = 1e-12;

/**
 * Rows of unit length: y = x / max(|x|, 1e-12), as `torch.nn.functional.normalize`. A zero row stays zero.
 *
 * Gradient: (dy - y (y . dy)) / |x|, and dy / 1e-12 for a row that is shorter than that.
 * @param x_ND float32 [N, D]
 * @param axis 1 normalises rows, 0 columns
 */
export function l2Normalize(x_ND: Tensor2D, axis: 0 | 1 = 1): Tensor2D {
  const attrs = { epsilon: EPSILON };
  // The kernels know rows.
  const native = (name: string, inputs: tf.NamedTensorMap) =>
    axis === 1 ? (tryKernel(name, inputs, attrs)?.[0] as Tensor2D | undefined) : undefined;
  return float32Op<Tensor2D>(
    [x_ND],
    () => ({ value: native('TesseraL2Normalize', { x: x_ND }) ?? composed(x_ND, axis).y_ND, saved: [x_ND] }),
    (dy_ND, [x]) => {
      if (!x) throw new Error('l2Normalize: saved tensors are gone');
      return [native('TesseraL2NormalizeGrad', { dy: dy_ND, x }) ?? gradient(dy_ND, x as Tensor2D, axis)];
    },
  );
}

function composed(x_ND: Tensor2D, axis: 0 | 1): { readonly y_ND: Tensor2D; readonly length: Tensor2D } {
  const length = tf.sqrt(tf.sum<Tensor2D>(tf.square(x_ND), axis, true));
  return { y_ND: tf.div(x_ND, tf.maximum(length, EPSILON)), length };
}

function gradient(dy_ND: Tensor2D, x_ND: Tensor2D, axis: 0 | 1): Tensor2D {
  const { y_ND, length } = composed(x_ND, axis);
  const along = tf.mul(tf.sum(tf.mul(y_ND, dy_ND), axis, true), tf.cast(tf.greaterEqual(length, EPSILON), 'float32'));
  return tf.div(tf.sub(dy_ND, tf.mul(y_ND, along)), tf.maximum(length, EPSILON));
}
