import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { requireNumbers } from '@tessera/core';
import { tryKernel } from '../try-kernel.ts';
import { float32Op } from './float32-op.ts';
import { LEAST_FLOAT32 } from './least-float32.ts';

/**
 * log sum exp(x) along one axis, in float32. Nothing overflows, and entries of -Infinity count as nothing.
 *
 * Gradient: dy softmax(x). tf.logSumExp's own goes back through the maximum too, which adds up to zero; and exp(x - y) would have the
 * rounding of y in it, 4 where x is 1e8.
 * @param x any rank above 0
 * @param axis negative ones count from the end
 * @throws TesseraError `E_OPTION_INVALID` on an axis that x has not
 */
export function logSumExp(x: Tensor, axis: number, keepDims = false): Tensor {
  requireNumbers('logSumExp', { axis }, { integer: true, atLeast: -x.rank, below: x.rank });
  return float32Op(
    [x],
    () => {
      const fused = tryKernel('TesseraLogSumExp', { x }, { axis, keepDims })?.[0];
      const value = fused ?? composed(x, axis, keepDims);
      return { value, saved: [x] };
    },
    (dy, [saved]) => {
      if (!saved) throw new Error('logSumExp: saved tensors are gone');
      return [tryKernel('TesseraLogSumExpGrad', { dy, x: saved }, { axis })?.[0] ?? gradient(dy, saved, axis)];
    },
  );
}

function composed(x: Tensor, axis: number, keepDims: boolean): Tensor {
  // Where all is -Infinity, less its maximum it would be NaN.
  const most = tf.clipByValue(tf.max(x, axis, true), LEAST_FLOAT32, -LEAST_FLOAT32);
  const kept = tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, most)), axis, true)), most);
  return keepDims ? kept : tf.squeeze(kept, [axis < 0 ? x.rank + axis : axis]);
}

function gradient(dy: Tensor, x: Tensor, axis: number): Tensor {
  const weight = tf.exp(tf.sub(x, tf.max(x, axis, true)));
  const sum = tf.sum(weight, axis, true);
  return tf.mul(weight, tf.div(tf.reshape(dy, sum.shape), sum));
}
