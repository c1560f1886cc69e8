/**
 * SwAV's loss for one head of prototypes: scores, codes, swapped prediction (https://arxiv.org/abs/2006.09882; code: facebookresearch/swav
 * main_swav.py, train loop).
 *
 * Shapes: B images on this rank, V crops, D width, K prototypes, R = V * B rows, S past embeddings.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { POSITIVE, requireNumbers } from '@tessera/core';
import { detached, float32MatMul } from '@tessera/engine';
import { hardCodes } from './hard-codes.ts';
import { meanOverRanks } from '../shared/mean-over-ranks.ts';
import { checkSinkhorn, sinkhorn, type SinkhornOptions } from './sinkhorn.ts';
import { checkCrops, swappedPrediction, type SwappedPredictionOptions } from './swapped-prediction.ts';

/** Options of {@link prototypeLoss}. */
export interface PrototypeLossOptions extends SinkhornOptions, SwappedPredictionOptions {
  /** Codes as Sinkhorn gives them, or their largest entry alone, as 1. Default `soft`. */
  readonly codes?: 'soft' | 'hard';
  /** Unit-length embeddings of past steps, [S, D], one an assigned crop: balanced with the batch, under today's prototypes. */
  readonly past?: readonly (Tensor2D | undefined)[];
}

/** What {@link prototypeLoss} returns. */
export interface PrototypeLoss {
  /** Mean over ranks. */
  readonly loss: Scalar;
  /** Similarity of embeddings to prototypes, [V * B, K]. */
  readonly scores_RK: Tensor2D;
  /** What Sinkhorn returned, one [S + B, K] an assigned crop, the past first. Soft even where the loss takes hard codes. */
  readonly balanced: readonly Tensor2D[];
}

/**
 * Each assigned crop's scores, with those of past embeddings, are balanced over the prototypes; the batch's rows of the result are the
 * codes that the other crops predict.
 * @param z_RD unit length, crop-major [V * B, D]
 * @param prototypes_DK unit-length columns
 * @throws TesseraError `E_CROPS` on fewer than two crops or an assigned crop that is not there; `E_OPTION_INVALID` on a temperature or epsilon
 * that is not above 0, or iterations that are no count
 */
export function prototypeLoss(
  z_RD: Tensor2D,
  prototypes_DK: Tensor2D,
  { codes = 'soft', past = [], ...options }: PrototypeLossOptions,
): PrototypeLoss {
  const { crops, cropsForAssign, collective } = options;
  checkCrops(crops, cropsForAssign);
  requireNumbers('prototypeLoss', { temperature: options.temperature }, POSITIVE);
  checkSinkhorn('prototypeLoss', options);
  const batch = z_RD.shape[0] / crops;
  const scores_RK = float32MatMul(z_RD, prototypes_DK);
  const balanced = cropsForAssign.map((crop, i) => {
    const scores_SK = detached(() => {
      const own_BK = tf.slice(scores_RK, [crop * batch, 0], [batch, -1]);
      const past_SD = past[i];
      return past_SD ? tf.concat([tf.matMul<Tensor2D>(past_SD, prototypes_DK), own_BK]) : own_BK;
    });
    return sinkhorn(scores_SK, options);
  });
  const targets = balanced.map((all_SK) => {
    const own_BK = tf.slice(all_SK, [all_SK.shape[0] - batch, 0], [batch, -1]);
    return codes === 'hard' ? hardCodes(own_BK) : own_BK;
  });
  const local = swappedPrediction(scores_RK, targets, options);
  return { loss: collective ? meanOverRanks(local, collective) : local, scores_RK, balanced };
}
