import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import type { Collective } from '@tessera/core';
import { logSumExp } from './log-sum-exp.ts';
import { lossOfSimilarities } from './loss-of-similarities.ts';
import { pairMasks } from './pair-masks.ts';
import { softplus } from './softplus.ts';

/** Taken off what does not count. Float32, where exp(-1e30) is exactly 0. */
const FAR = 1e30;

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
    const others_RC = tf.sub(logits_RC, tf.mul(tf.sub(1, masks.otherImage_RC), FAR));
    const others_R1 = logSumExp(others_RC, 1, true);
    const parts = Array.from({ length: views - 1 }, (_, before) => {
      const positive_RC = masks.positive(before + 1);
      const gap_R1 = tf.sub<Tensor2D>(others_R1, tf.sum(tf.mul(logits_RC, positive_RC), 1, true));
      const weight_R1 = tf.sigmoid(gap_R1);
      return { loss: tf.sum<Scalar>(softplus(gap_R1)), weight_R1, pull_RC: tf.mul(positive_RC, weight_R1) };
    });
    const count = images * views * (views - 1);
    const share_RC = tf.exp(tf.sub(others_RC, others_R1));
    const push_RC = tf.mul(share_RC, tf.addN(parts.map(({ weight_R1 }) => weight_R1)));
    return {
      loss: tf.div(tf.addN(parts.map(({ loss }) => loss)), count),
      slope_RC: tf.div(tf.sub(push_RC, tf.addN(parts.map(({ pull_RC }) => pull_RC))), count * temperature),
    };
  });
}
