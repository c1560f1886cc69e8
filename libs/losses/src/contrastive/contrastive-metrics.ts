import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { COUNT, POSITIVE, requireNumbers, singleProcess, type Collective } from '@tessera/core';
import { detached } from '@tessera/engine';

/** What {@link contrastiveMetrics} returns. */
export interface ContrastiveMetrics {
  /** Share of first views whose most similar second view is their own; chance is 1 / N. */
  readonly contrastiveAccuracy: Scalar;
  /** Mean entropy, in nats, of an anchor's distribution over the second views; at most ln N. */
  readonly contrastiveEntropy: Scalar;
}

/**
 * How well the batch is told apart, as google-research/simclr logs it: first views against all second views, no other negatives.
 * Without gradients.
 * @param u_RD what the similarities are taken of, view-major [V * N, D]; views 0 and 1 are used
 * @param images N
 * @param temperature > 0
 * @throws TesseraError `E_OPTION_INVALID` on any other temperature, or images that are no count
 */
export function contrastiveMetrics(
  u_RD: Tensor2D,
  images: number,
  temperature: number,
  collective: Collective = singleProcess,
): ContrastiveMetrics {
  requireNumbers('contrastiveMetrics', { temperature }, POSITIVE);
  requireNumbers('contrastiveMetrics', { images }, COUNT);
  const logits_NM = detached(() => {
    const second_MD = collective.allGather(tf.slice(u_RD, [images, 0], [images, -1]));
    return tf.div<Tensor2D>(tf.matMul(tf.slice(u_RD, [0, 0], [images, -1]), second_MD, false, true), temperature);
  });
  const contrastiveAccuracy = detached(() => {
    const own_N = tf.tensor1d(
      Int32Array.from({ length: images }, (_, row) => collective.rank * images + row),
      'int32',
    );
    return tf.mean<Scalar>(tf.cast(tf.equal(tf.argMax(logits_NM, 1), own_N), 'float32'));
  });
  const contrastiveEntropy = detached(() => {
    const logProbability_NM = tf.logSoftmax(logits_NM, 1);
    return tf.neg<Scalar>(tf.mean(tf.sum(tf.mul(tf.exp(logProbability_NM), logProbability_NM), 1)));
  });
  return { contrastiveAccuracy, contrastiveEntropy };
}
