/**
 * Barlow Twins (Zbontar et al. 2021, https://arxiv.org/abs/2103.03230, equations 1 and 2; code: facebookresearch/barlowtwins main.py
 * `BarlowTwins.forward`): the cross-correlation of two views' features is to be the identity.
 *
 * Shapes: B images over all processes, D width.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { float32MatMul } from '@tessera/engine';

/** Under the root, as `BatchNorm1d` has it. */
const EPSILON = 1e-5;

/** The two terms, each a plain sum. */
export interface BarlowTerms {
  /** Sum over i of (c_ii - 1)^2. */
  readonly onDiagonal: Scalar;
  /** Sum over i != j of c_ij^2. */
  readonly offDiagonal: Scalar;
}

/** c_ij = mean over b of standardised a_bi and b_bj; standardised over the batch with the biased variance. [D, D] */
export function crossCorrelation(a_BD: Tensor2D, b_BD: Tensor2D): Tensor2D {
  return tf.div(float32MatMul(tf.transpose(standardised(a_BD)), standardised(b_BD)), a_BD.shape[0]);
}

/** The loss is onDiagonal + lambda * offDiagonal. */
export function barlowTwins(a_BD: Tensor2D, b_BD: Tensor2D): BarlowTerms {
  const correlation_DD = crossCorrelation(a_BD, b_BD);
  const identity_DD = tf.eye(correlation_DD.shape[0]);
  const diagonal_D = tf.sum(tf.mul(correlation_DD, identity_DD), 1);
  const others_DD = tf.mul(correlation_DD, tf.sub(1, identity_DD));
  return {
    onDiagonal: tf.sum<Scalar>(tf.square(tf.sub(diagonal_D, 1))),
    offDiagonal: tf.sum<Scalar>(tf.square(others_DD)),
  };
}

function standardised(z_BD: Tensor2D): Tensor2D {
  const centred_BD = tf.sub<Tensor2D>(z_BD, tf.mean(z_BD, 0, true));
  const variance_1D = tf.mean(tf.square(centred_BD), 0, true);
  return tf.div(centred_BD, tf.sqrt(tf.add(variance_1D, EPSILON)));
}
