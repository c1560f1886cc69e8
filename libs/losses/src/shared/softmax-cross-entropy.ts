import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { POSITIVE, requireNumbers } from '@tessera/core';
import { float32Op, tryKernel } from '@tessera/engine';

/**
 * The cross entropy of every row, -sum over k of t_k log softmax(x / tau)_k, in float32. Targets are constants and may sum to anything.
 *
 * Gradient of a row: (softmax * sum of t - t) * dy / tau.
 * @param logits_RK x
 * @param targets_RK t, without gradient
 * @param temperature tau > 0
 * @throws TesseraError `E_OPTION_INVALID` on any other temperature
 */
export function softmaxCrossEntropy(logits_RK: Tensor2D, targets_RK: Tensor2D, temperature = 1): Tensor1D {
  requireNumbers('softmaxCrossEntropy', { temperature }, POSITIVE);
  const attrs = { temperature };
  return float32Op<Tensor1D>(
    [logits_RK],
    () => {
      const fused = tryKernel('TesseraSoftmaxCrossEntropy', { logits: logits_RK, targets: targets_RK }, attrs)?.[0];
      const value = (fused as Tensor1D | undefined) ?? composed(logits_RK, targets_RK, temperature);
      return { value, saved: [logits_RK, targets_RK] };
    },
    (dy, [logits, targets]) => {
      if (!logits || !targets) throw new Error('softmaxCrossEntropy: saved tensors are gone');
      const fused = tryKernel('TesseraSoftmaxCrossEntropyGrad', { dy, logits, targets }, attrs)?.[0];
      if (fused) return [fused];
      const softmax_RK = tf.softmax(tf.div(logits, temperature), 1);
      const slope_RK = tf.sub(tf.mul(softmax_RK, tf.sum(targets, 1, true)), targets);
      return [tf.mul(slope_RK, tf.reshape(tf.div(dy, temperature), [-1, 1]))];
    },
  );
}

function composed(logits_RK: Tensor2D, targets_RK: Tensor2D, temperature: number): Tensor1D {
  // The maximum goes off before the logarithm of the sum: their sum would be rounded, by 4 where x / tau is 1e8.
  const logSoftmax_RK = tf.logSoftmax(tf.div<Tensor2D>(logits_RK, temperature), 1);
  return tf.neg(tf.sum<Tensor1D>(tf.mul(targets_RK, logSoftmax_RK), 1));
}
