import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/** `all`: every view of every other image. `otherView`: other images in the view that holds the positive. */
export type NegativeSet = 'all' | 'otherView';

/**
 * Which of them count. `none`: all alike. Semi-hard ones are less similar to the anchor than its positive is, by less than a margin;
 * `all`: all of these alike, `nearest`: the most similar of these alone.
 */
export type SemiHard = 'none' | 'all' | 'nearest';

/** Below every similarity, in float32. */
const FAR = 1e30;

/**
 * How much each negative counts for an anchor: rows sum to 1, or are 0 where an anchor has no such negative. A constant of the step:
 * the choice of negatives passes no gradient. Ties among the most similar go to the first.
 * @param positive_R1 an anchor's similarity to its positive
 * @param negative_RC 1 where a column is a negative, else 0
 * @param margin semi-hard negatives are above `positive - margin`; without it there is no lower bound
 */
export function negativeWeights(
  similarity_RC: Tensor2D,
  positive_R1: Tensor2D,
  negative_RC: Tensor2D,
  { semiHard, margin }: { readonly semiHard: SemiHard; readonly margin?: number },
): Tensor2D {
  if (semiHard === 'none') return alike(negative_RC);
  const below_RC = tf.mul<Tensor2D>(negative_RC, tf.cast(tf.less(similarity_RC, positive_R1), 'float32'));
  const semiHard_RC =
    margin === undefined
      ? below_RC
      : tf.mul<Tensor2D>(below_RC, tf.cast(tf.greater(similarity_RC, tf.sub(positive_R1, margin)), 'float32'));
  if (semiHard === 'all') return alike(semiHard_RC);
  const masked_RC = tf.sub(similarity_RC, tf.mul(tf.sub(1, semiHard_RC), FAR));
  const nearest_RC = tf.oneHot(tf.argMax<Tensor1D>(masked_RC, 1), similarity_RC.shape[1], 1, 0, 'float32');
  return tf.mul(nearest_RC, semiHard_RC); // 0 where nothing is semi-hard: the largest of an empty set is a column outside it
}

function alike(mask_RC: Tensor2D): Tensor2D {
  return tf.div(mask_RC, tf.maximum(tf.sum(mask_RC, 1, true), 1));
}
