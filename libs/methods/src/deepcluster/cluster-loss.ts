import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { float32MatMul, l2Normalize } from '@tessera/engine';

/**
 * DeepCluster-v2's loss (Caron et al. 2020, appendix; facebookresearch/swav main_deepclusterv2.py): every crop of an image predicts the
 * image's cluster, -log softmax(z c / tau)[target], mean over crops and images.
 *
 * Shapes: V views of [B, D], K centroids of unit length.
 */
export function clusterLoss(
  views: readonly Tensor2D[],
  centroids_KD: Tensor2D,
  targets_B: Tensor1D,
  temperature: number,
): Scalar {
  const [clusters] = centroids_KD.shape;
  const z_RD = l2Normalize(tf.concat([...views]));
  const scores_RK = tf.div<Tensor2D>(float32MatMul(z_RD, tf.transpose(centroids_KD)), temperature);
  const targets_RK = tf.oneHot(tf.tile(targets_B, [views.length]), clusters);
  return tf.neg(tf.mean(tf.sum(tf.mul(targets_RK, tf.logSoftmax(scores_RK)), 1)));
}
