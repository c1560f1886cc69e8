import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tryKernel } from '@tessera/engine';
import { float32Op } from './float32-op.ts';

/**
 * log sum exp(x) along one axis, in float32. Nothing overflows, and entries of -Infinity count as nothing.
 *
 * Gradient: dy exp(x - y), the softmax. tf.logSumExp's own goes back through the maximum too, which adds up to zero.
 * @param x any rank above 0
 * @param axis negative ones count from the end
 */
export function logSumExp(x: Tensor, axis: number, keepDims = false): Tensor {
  return float32Op(
    [x],
    () => {
      const fused = tryKernel('TesseraLogSumExp', { x }, { axis, keepDims })?.[0];
      const value = fused ?? tf.logSumExp(x, axis, keepDims);
      return { value, saved: [x, value] };
    },
    (dy, [saved, y]) => {
      if (!saved || !y) throw new Error('logSumExp: saved tensors are gone');
      return [tryKernel('TesseraLogSumExpGrad', { dy, x: saved, y }, { axis })?.[0] ?? gradient(dy, saved, y, axis)];
    },
  );
}

function gradient(dy: Tensor, x: Tensor, y: Tensor, axis: number): Tensor {
  const [along] = tf.util.parseAxisParam(axis, x.shape);
  const kept = x.shape.map((size, i) => (i === along ? 1 : size));
  return tf.mul(tf.exp(tf.sub(x, tf.reshape(y, kept))), tf.reshape(dy, kept));
}
