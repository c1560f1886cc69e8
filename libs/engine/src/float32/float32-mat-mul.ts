import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { float32Op } from './float32-op.ts';

/** a b in float32, and its gradients too, inside a bfloat16 scope as outside. [M, N] x [N, P] -> [M, P] */
export function float32MatMul(a_MN: Tensor2D, b_NP: Tensor2D): Tensor2D {
  return float32Op<Tensor2D>(
    [a_MN, b_NP],
    () => ({ value: tf.matMul(a_MN, b_NP), saved: [a_MN, b_NP] }),
    (dy_MP, [a, b]) => {
      if (!a || !b) throw new Error('float32MatMul: saved tensors are gone');
      return [tf.matMul(dy_MP, b, false, true), tf.matMul(a, dy_MP, true, false)];
    },
  );
}
