import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';

/** A loss of one matrix, and its gradient. */
export function valueAndGradient(
  loss: (z: Tensor2D) => Scalar,
  z: number[][],
): { readonly value: Tensor; readonly grad: Tensor } {
  return tf.valueAndGrad((x: Tensor) => loss(x as Tensor2D))(tf.tensor2d(z));
}
