import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { logSumExp } from '../log-sum-exp.ts';

/**
 * The cross entropy of a row whose positive is p among negatives n_j: -log(e^p / (e^p + sum of e^n_j)) = log(1 + sum of exp(n_j - p)), from the
 * differences, so that a loss near 0 keeps its digits at any temperature.
 * @param differences_BN n_j - p @returns [B]
 */
export function logOnePlusSumExp(differences_BN: Tensor2D): Tensor1D {
  const zeros_B1 = tf.zeros<tf.Rank.R2>([differences_BN.shape[0], 1]);
  return logSumExp(tf.concat([zeros_B1, differences_BN], 1), 1) as Tensor1D;
}
