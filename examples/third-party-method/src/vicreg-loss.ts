/**
 * The loss of VICReg: variance, invariance, covariance (https://arxiv.org/abs/2105.04906, equations 1 to 6; code:
 * facebookresearch/vicreg main_vicreg.py `VICReg.forward`). Three functions, one a term; none needs negatives.
 *
 * Shapes: B images over all processes, D width.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';

/** Added to variances before the root, as in the reference code. */
const EPSILON = 1e-4;

/** Mean squared difference of the two views' embeddings. */
export function invariance(x_BD: Tensor2D, y_BD: Tensor2D): Scalar {
  return tf.mean(tf.square(tf.sub(x_BD, y_BD)));
}

/** How far each dimension's standard deviation falls short of 1: mean over d of max(0, 1 - sqrt(Var(z_d) + 1e-4)), Var unbiased. */
export function varianceShortfall(z_BD: Tensor2D): Scalar {
  const variance_D = tf.div(tf.sum(tf.square(centred(z_BD)), 0), z_BD.shape[0] - 1);
  return tf.mean(tf.relu(tf.sub(1, tf.sqrt(tf.add(variance_D, EPSILON)))));
}

/** Squares of the off-diagonal covariances, summed, divided by D. */
export function covariancePenalty(z_BD: Tensor2D): Scalar {
  const [batch, width] = z_BD.shape;
  const centred_BD = centred(z_BD);
  const covariance_DD = tf.div(tf.matMul(centred_BD, centred_BD, true, false), batch - 1);
  const offDiagonal_DD = tf.mul(covariance_DD, tf.sub(1, tf.eye(width)));
  return tf.div(tf.sum(tf.square(offDiagonal_DD)), width);
}

function centred(z_BD: Tensor2D): Tensor2D {
  return tf.sub(z_BD, tf.mean(z_BD, 0, true));
}
