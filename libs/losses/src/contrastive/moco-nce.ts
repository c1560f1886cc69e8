/**
 * MoCo's losses (He et al. 2020, https://arxiv.org/abs/1911.05722, equation 1; Chen et al. 2021, https://arxiv.org/abs/2104.02057, algorithm 1).
 *
 * Shapes: B images on this rank, D width, Q keys in the queue, W processes.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Collective } from '@tessera/core';
import { float32MatMul, l2Normalize, logOnePlusSumExp, withoutGradient } from '@tessera/engine';
import { softmaxCrossEntropy } from '../shared/softmax-cross-entropy.ts';

/** Loss and accuracy of a batch. */
export interface MocoNce {
  /** Mean over the rows of this rank. */
  readonly loss: Scalar;
  /** Share of queries that are nearer to their key than to every key of the queue; without gradient. */
  readonly accuracy: Scalar;
}

/**
 * Each query finds its key among the keys of past steps: cross entropy of [q.k, q.queue] / tau with label 0 (facebookresearch/moco
 * moco/builder.py). The other keys of the step are no negatives. Keys and queue are constants.
 * @param q_BD unit rows @param k_BD unit rows @param queue_QD unit rows @param temperature tau > 0
 */
export function mocoNce(q_BD: Tensor2D, k_BD: Tensor2D, queue_QD: Tensor2D, temperature: number): MocoNce {
  const positive_B1 = tf.sum<Tensor2D>(tf.mul(q_BD, k_BD), 1, true);
  const negative_BQ = float32MatMul(q_BD, tf.transpose(queue_QD));
  const differences_BQ = tf.div<Tensor2D>(tf.sub(negative_BQ, positive_B1), temperature);
  const accuracy = withoutGradient(() => tf.mean<Scalar>(tf.cast(tf.less(tf.max(differences_BQ, 1), 0), 'float32')));
  return { loss: tf.mean<Scalar>(logOnePlusSumExp(differences_BQ)), accuracy };
}

/**
 * MoCo v3: each query finds its own key among all keys of the step, 2 tau * cross entropy (facebookresearch/moco-v3 moco/builder.py
 * `contrastive_loss`), so that gradients keep their size at any temperature.
 * @param q_BD predictions of one view, any length @param k_BD momentum embeddings of another, constants
 * @returns mean over the rows of this rank
 */
export function mocoV3Contrast(q_BD: Tensor2D, k_BD: Tensor2D, temperature: number, collective: Collective): Scalar {
  const keys_KD = withoutGradient(() => collective.allGather(l2Normalize(k_BD)));
  const logits_BK = float32MatMul(l2Normalize(q_BD), tf.transpose(keys_KD));
  const [batch, keys] = logits_BK.shape;
  const own_B = tf.add<Tensor1D>(tf.range(0, batch, 1, 'int32'), tf.scalar(collective.rank * batch, 'int32'));
  const targets_BK = tf.oneHot(own_B, keys) as Tensor2D;
  const entropy_B = softmaxCrossEntropy(logits_BK, tf.cast(targets_BK, 'float32'), temperature);
  return tf.mul<Scalar>(tf.mean(entropy_B), 2 * temperature);
}
