/**
 * Instance discrimination over a memory bank (Wu et al. 2018, https://arxiv.org/abs/1805.01978, equation 2: the full softmax; code:
 * zhirongw/lemniscate.pytorch lib/LinearAverage.py): every image is a class of its own, the bank row of the image its weight.
 *
 * Shapes: B images on this rank, N images of the data set, D width.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { float32MatMul, l2Normalize, logSumExp } from '@tessera/engine';

/**
 * Mean over the rows of this rank of -log softmax(v . bank / tau)[own row], from differences to the own row.
 * @param v_BD unit rows @param bank_ND constants @param ids_B int32 rows of the bank @param temperature tau > 0
 */
export function instanceDiscrimination(
  v_BD: Tensor2D,
  bank_ND: Tensor2D,
  ids_B: Tensor1D,
  temperature: number,
): Scalar {
  const own_BD: Tensor2D = tf.gather(bank_ND, ids_B);
  const positive_B1 = tf.sum<Tensor2D>(tf.mul(v_BD, own_BD), 1, true);
  const scores_BN = float32MatMul(v_BD, tf.transpose(bank_ND));
  // The own row's difference is 0, and not the rounding of two ways to the same product, which a small loss would show.
  const others_BN = tf.cast(tf.oneHot(ids_B, bank_ND.shape[0], 0, 1), 'float32');
  const differences_BN = tf.mul(tf.sub(scores_BN, positive_B1), others_BN);
  return tf.mean<Scalar>(logSumExp(tf.div(differences_BN, temperature), 1));
}

/** The bank with the rows of a batch moved: normalise(momentum * row + (1 - momentum) * v). No id may come twice. */
export function movedBank(bank_ND: Tensor2D, ids_B: Tensor1D, v_BD: Tensor2D, momentum: number): Tensor2D {
  const own_BD: Tensor2D = tf.gather(bank_ND, ids_B);
  const moved_BD = l2Normalize(tf.add(tf.mul(own_BD, momentum), tf.mul(v_BD, 1 - momentum)));
  // Of a sum, for tfjs's cpu kernel writes into what it is given.
  return tf.tensorScatterUpdate(tf.add(bank_ND, 0), tf.expandDims(ids_B, 1), moved_BD);
}
