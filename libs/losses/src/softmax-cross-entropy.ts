import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { tryKernel } from '@tessera/engine';
import { float32Op } from './float32-op.ts';
import { logSumExp } from './log-sum-exp.ts';

/**
 * The cross entropy of every row, -sum over k of t_k log softmax(x / tau)_k, in float32. Targets are constants and may sum to anything.
 *
 * Gradient of a row: (softmax * sum of t - t) * dy / tau.
 * @param logits_RK x
 * @param targets_RK t, without gradient
 * @param temperature tau > 0
 */
export function softmaxCrossEntropy(logits_RK: Tensor2D, targets_RK: Tensor2D, temperature = 1): Tensor1D {
  const attrs = { temperature };
  return float32Op<Tensor1D>(
    [logits_RK],
    () => {
      const fused = tryKernel('TesseraSoftmaxCrossEntropy', { logits: logits_RK, targets: targets_RK }, attrs);
      const [loss_R, logSumExp_R] = (fused ?? composed(logits_RK, targets_RK, temperature)) as [Tensor1D, Tensor1D];
      return { value: loss_R, saved: [logits_RK, targets_RK, logSumExp_R] };
    },
    (dy, [logits, targets, partition]) => {
      if (!logits || !targets || !partition) throw new Error('softmaxCrossEntropy: saved tensors are gone');
      const fused = tryKernel(
        'TesseraSoftmaxCrossEntropyGrad',
        { dy, logits, targets, logSumExp: partition },
        attrs,
      )?.[0];
      if (fused) return [fused];
      const column = (x: tf.Tensor) => tf.reshape(x, [-1, 1]);
      const softmax_RK = tf.exp(tf.sub(tf.div(logits, temperature), column(partition)));
      const slope_RK = tf.sub(tf.mul(softmax_RK, tf.sum(targets, 1, true)), targets);
      return [tf.mul(slope_RK, column(tf.div(dy, temperature)))];
    },
  );
}

function composed(logits_RK: Tensor2D, targets_RK: Tensor2D, temperature: number): [Tensor1D, Tensor1D] {
  const scaled_RK = tf.div<Tensor2D>(logits_RK, temperature);
  const partition_R1 = logSumExp(scaled_RK, 1, true);
  const loss_R = tf.neg(tf.sum<Tensor1D>(tf.mul(targets_RK, tf.sub(scaled_RK, partition_R1)), 1));
  return [loss_R, tf.reshape(partition_R1, [-1])];
}
