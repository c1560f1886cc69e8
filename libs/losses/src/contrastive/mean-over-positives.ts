import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { singleProcess, type Collective } from '@tessera/core';
import { l2Normalize } from '@tessera/engine';
import { lossOfSimilarities, type LossAndSlope } from './loss-of-similarities.ts';
import { negativeWeights, type NegativeSet, type SemiHard } from './negatives.ts';
import { imagesPerView, pairMasks } from './pair-masks.ts';

/** Options that NT-Logistic and the margin triplet loss share. */
export interface NegativeOptions {
  /** V, at least 2. Default 2. */
  readonly views?: number;
  /** Divide embeddings by their length first (cosine similarity). Default true, and what the margin is meant for. */
  readonly normalize?: boolean;
  /** Default `all`. */
  readonly negatives?: NegativeSet;
  /** Default `none`. */
  readonly semiHard?: SemiHard;
  /** Anchors are this rank's, negatives come from all ranks. Default: one process. */
  readonly collective?: Collective;
}

/** Anchors with one positive each and weighted negatives. */
export interface Contrast {
  /** Similarity of R anchors to C columns. */
  readonly similarity_RC: Tensor2D;
  /** The positive's. */
  readonly positive_R1: Tensor2D;
  /** 1 at the positive. */
  readonly isPositive_RC: Tensor2D;
  /** See {@link negativeWeights}. */
  readonly weight_RC: Tensor2D;
}

/**
 * Mean of a loss over every anchor (each view of each image) and each of its V - 1 positives.
 * @param z_RD view-major [V * N, D]
 * @param margin see {@link negativeWeights}
 * @param sum the loss added up over anchors, with its slope
 * @throws TesseraError `E_VIEWS` if there are fewer than two views, or rows that do not divide by them
 */
export function meanOverPositives(
  z_RD: Tensor2D,
  { views = 2, normalize = true, negatives = 'all', semiHard = 'none', collective = singleProcess }: NegativeOptions,
  margin: number | undefined,
  sum: (contrast: Contrast) => LossAndSlope,
): Scalar {
  const images = imagesPerView(z_RD, views);
  return lossOfSimilarities(normalize ? l2Normalize(z_RD) : z_RD, collective, (similarity_RC) => {
    const masks = pairMasks(images, views, collective);
    const parts = Array.from({ length: views - 1 }, (_, before) => {
      const shift = before + 1;
      const isPositive_RC = masks.positive(shift);
      const positive_R1 = tf.sum<Tensor2D>(tf.mul(similarity_RC, isPositive_RC), 1, true);
      const negative_RC =
        negatives === 'all' ? masks.otherImage_RC : tf.mul<Tensor2D>(masks.otherImage_RC, masks.viewOfPositive(shift));
      const weight_RC = negativeWeights(similarity_RC, positive_R1, negative_RC, {
        semiHard,
        ...(margin !== undefined && { margin }),
      });
      return sum({ similarity_RC, positive_R1, isPositive_RC, weight_RC });
    });
    const count = images * views * (views - 1);
    return {
      loss: tf.div(tf.addN(parts.map(({ loss }) => loss)), count),
      slope_RC: tf.div(tf.addN(parts.map(({ slope_RC }) => slope_RC)), count),
    };
  });
}
