import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import type { Collective } from '@tessera/core';

/**
 * Mean over the removed patches of the mean squared error of a patch (equation in section 3 of the paper, "Reconstruction target"; code: `forward_loss`).
 * All images have as many removed patches, each of as many numbers, so it is the mean over everything that is there.
 *
 * Over all processes: what travels is one number an image.
 * @param reconstruction_BD, target_BD [B, R * P]: the removed patches of an image, one after the other
 */
export function reconstructionLoss(reconstruction_BD: Tensor2D, target_BD: Tensor2D, collective: Collective): Scalar {
  const error_B = tf.mean(tf.squaredDifference(reconstruction_BD, target_BD), 1);
  return tf.mean(collective.allGather(error_B));
}
