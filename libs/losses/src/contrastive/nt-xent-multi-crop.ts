import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import type { Collective } from '@tessera/core';
import { LEAST_FLOAT32, softplus } from '@tessera/engine';
import { lossOfSimilarities } from './loss-of-similarities.ts';
import { pairMasks } from './pair-masks.ts';

/**
 * NT-Xent over any number of crops, whatever their size, as SwAV's authors compare SimCLR with multi-crop (VISSL's
 * multicrop_simclr_info_nce_loss.py). Every crop is an anchor and every other crop of its image a positive, one at a time:
 * -log( exp(s_ip) / (exp(s_ip) + sum over k of exp(s_ik)) ), k all crops of all other images; mean over the V (V - 1) N pairs. An
 * image's other positives stay out of the denominator, so crops of an image never repel. Two crops give NT-Xent itself; collapse gives
 * ln(1 + V (N - 1)).
 *
 * A pair's loss is ln(1 + exp(L_i - s_ip)) with L_i the log of the sum over other images. So its slope is -w at the positive and
 * w softmax_k at the others, w = sigmoid(L_i - s_ip).
 * @param u_RD view-major [V * N, D] float32, normalised if it is to be
 */
export function multiCropNtXent(
  u_RD: Tensor2D,
  images: number,
  views: number,
  temperature: number,
  collective: Collective,
): Scalar {
  return lossOfSimilarities(u_RD, collective, (similarity_RC) => {
    const masks = pairMasks(images, views, collective);
    const logits_RC = tf.div<Tensor2D>(similarity_RC, temperature);
    const others_RC = tf.where<Tensor2D>(tf.cast(masks.otherImage_RC, 'bool'), logits_RC, LEAST_FLOAT32);
    // The maximum goes off before anything is added: at 1e8, where a low temperature takes logits, float32 counts by eights.
    const most_R1 = tf.max<Tensor2D>(others_RC, 1, true);
    const weight_RC = tf.exp(tf.sub<Tensor2D>(others_RC, most_R1));
    const sum_R1 = tf.sum<Tensor2D>(weight_RC, 1, true);
    const parts = Array.from({ length: views - 1 }, (_, before) => {
      const positive_RC = masks.positive(before + 1);
      const positive_R1 = tf.sum(tf.mul(logits_RC, positive_RC), 1, true);
      const gap_R1 = tf.add<Tensor2D>(tf.sub(most_R1, positive_R1), tf.log(sum_R1));
      const share_R1 = tf.sigmoid(gap_R1);
      return { loss: tf.sum<Scalar>(softplus(gap_R1)), share_R1, pull_RC: tf.mul(positive_RC, share_R1) };
    });
    const count = images * views * (views - 1);
    const push_RC = tf.mul(tf.div(weight_RC, sum_R1), tf.addN(parts.map(({ share_R1 }) => share_R1)));
    return {
      loss: tf.div(tf.addN(parts.map(({ loss }) => loss)), count),
      slope_RC: tf.div(tf.sub(push_RC, tf.addN(parts.map(({ pull_RC }) => pull_RC))), count * temperature),
    };
  });
}
