/**
 * Supervised contrastive learning (Khosla et al. 2020, https://arxiv.org/abs/2004.11362, equation 2, L_out; code: HobbitLong/SupContrast
 * losses.py): every view of an image of the anchor's class is a positive.
 *
 * Shapes: B images on this rank, V views, W processes, R = W * V * B rows of all, A anchors of this rank.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { singleProcess, type Collective } from '@tessera/core';
import { float32MatMul, l2Normalize, logSumExp } from '@tessera/engine';

/** Options of {@link supCon}. */
export interface SupConOptions {
  /** tau > 0. */
  readonly temperature: number;
  /** The loss is multiplied by temperature / baseTemperature; default: the temperature, the paper's loss. */
  readonly baseTemperature?: number;
  /** `all`: every row is an anchor; `one`: rows of view 0 only. */
  readonly contrast?: 'all' | 'one';
  readonly collective?: Collective;
}

/** A number that is nothing beside similarities, and harmless in sums. */
const NOTHING = -1e30;

/**
 * Mean over anchors i of -mean over positives p of (s_ip - log sum over all a != i of exp s_ia), s = cosine / tau. An anchor without positives
 * counts 0, and 1 in the mean. solo-learn has the sum of positives within the logarithm, another loss.
 * @param views one [B, D] a view, not normalised @param classes_B int32 class of each image; images of one class are positives of each other
 * @returns mean over the anchors of this rank, with gradients to the rows of all ranks
 */
export function supCon(views: readonly Tensor2D[], classes_B: Tensor1D, options: SupConOptions): Scalar {
  const { temperature, baseTemperature = temperature, contrast = 'all', collective = singleProcess } = options;
  const all = views.map((z_BD) => collective.allGather(l2Normalize(z_BD)));
  const u_RD = tf.concat(all);
  const classes_R = tf.tile(collective.allGather(classes_B), [views.length]);
  const [batch] = classes_B.shape;
  const anchors = contrast === 'all' ? views.length : 1;
  // Rows of a view are those of all ranks: this rank's stand at rank * B.
  const own_A = tf.tidy(() =>
    tf.concat<Tensor1D>(
      Array.from({ length: anchors }, (_, view) => {
        const from = batch * (view * collective.worldSize + collective.rank);
        return tf.range(from, from + batch, 1, 'int32');
      }),
    ),
  );
  const similarity_AR = tf.div<Tensor2D>(float32MatMul(tf.gather(u_RD, own_A), tf.transpose(u_RD)), temperature);
  const itself_AR = tf.cast(tf.oneHot(own_A, u_RD.shape[0]), 'float32');
  const alike_AR = tf.cast(
    tf.equal(tf.expandDims(tf.gather(classes_R, own_A), 1), tf.expandDims(classes_R, 0)),
    'float32',
  );
  const positives_AR = tf.sub<Tensor2D>(alike_AR, itself_AR);
  const partition_A1 = logSumExp(tf.add(similarity_AR, tf.mul(itself_AR, NOTHING)), 1, true);
  const count_A = tf.sum(positives_AR, 1);
  const sum_A = tf.sum(tf.mul(positives_AR, tf.sub(partition_A1, similarity_AR)), 1);
  const mean_A = tf.div(sum_A, tf.maximum(count_A, 1));
  return tf.mul<Scalar>(tf.mean(mean_A), temperature / baseTemperature);
}
