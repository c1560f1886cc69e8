import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { logSumExp } from './log-sum-exp.ts';

/**
 * log(1 + sum over j of exp(x_j)) of every row, in float32. It is the cross entropy of a logit p among others n_j, with x_j = n_j - p:
 * from the differences, so that a loss near 0 keeps its digits at any temperature.
 * @returns [B]
 */
export function logOnePlusSumExp(x_BN: Tensor2D): Tensor1D {
  const zeros_B1 = tf.zeros<tf.Rank.R2>([x_BN.shape[0], 1]);
  return logSumExp(tf.concat([zeros_B1, x_BN], 1), 1) as Tensor1D;
}
