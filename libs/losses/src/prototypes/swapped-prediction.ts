/**
 * The swapped prediction problem of SwAV (https://arxiv.org/abs/2006.09882, equations 1, 2 and 6; code: facebookresearch/swav
 * main_swav.py, train loop).
 *
 * Shapes: B images, V crops, K prototypes, R = V * B rows.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { POSITIVE, requireNumbers, TesseraError } from '@tessera/core';
import { detached } from '@tessera/engine';
import { softmaxCrossEntropy } from '../shared/softmax-cross-entropy.ts';

/** Options of {@link swappedPrediction}. */
export interface SwappedPredictionOptions {
  /** V, at least 2. */
  readonly crops: number;
  /** The crop that each entry of `codes` belongs to. */
  readonly cropsForAssign: readonly number[];
  /** tau > 0 of the predictions. */
  readonly temperature: number;
}

/**
 * Every other crop predicts the code of crop i: the cross entropy -sum over k of q_k log softmax(scores / tau)_k, mean over the batch, over
 * the V - 1 crops other than i, and over the assigned crops i. A crop never predicts its own code. Codes are constants.
 *
 * Gradient of a row: (softmax * sum of q - q) / (tau B (V - 1) A), summed over the A codes that the row predicts.
 * @param scores_RK similarity to prototypes, crop-major [V * B, K]: rows 0..B-1 are crop 0
 * @param codes one [B, K] an assigned crop, rows sum to 1
 * @throws TesseraError `E_CROPS` on fewer than two crops or an assigned crop that is not there; `E_OPTION_INVALID` on a temperature that is
 * not above 0
 */
export function swappedPrediction(
  scores_RK: Tensor2D,
  codes: readonly Tensor2D[],
  { crops, cropsForAssign, temperature }: SwappedPredictionOptions,
): Scalar {
  checkCrops(crops, cropsForAssign);
  requireNumbers('swappedPrediction', { temperature }, POSITIVE);
  const batch = scores_RK.shape[0] / crops;
  const count = batch * (crops - 1) * cropsForAssign.length;
  const target_RK = detached(() => targets(codes, crops, cropsForAssign));
  return tf.div<Scalar>(tf.sum(softmaxCrossEntropy(scores_RK, target_RK, temperature)), count);
}

/** Refuses impossible choices of crops. */
export function checkCrops(crops: number, cropsForAssign: readonly number[]): void {
  const bad = cropsForAssign.find((crop) => !Number.isInteger(crop) || crop < 0 || crop >= crops);
  if (
    Number.isInteger(crops) &&
    crops >= 2 &&
    bad === undefined &&
    cropsForAssign.length > 0 &&
    new Set(cropsForAssign).size === cropsForAssign.length
  )
    return;
  throw new TesseraError({
    code: 'E_CROPS',
    message: `codes are to be taken of crops [${cropsForAssign.join(', ')}], but the augmenter makes ${crops} crop(s) an image`,
    next: 'Use at least two crops, and list different ones, counted from 0, in `cropsForAssign`.',
  });
}

/** What each row is to predict: the sum of the codes of all assigned crops but its own. [V * B, K] */
function targets(codes: readonly Tensor2D[], crops: number, cropsForAssign: readonly number[]): Tensor2D {
  const total = tf.addN([...codes]);
  const perCrop = Array.from({ length: crops }, (_, crop) => {
    const own = codes[cropsForAssign.indexOf(crop)];
    return own ? tf.sub<Tensor2D>(total, own) : total;
  });
  return tf.concat(perCrop);
}
