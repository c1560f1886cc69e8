/**
 * NT-Xent, the contrastive loss of SimCLR (https://arxiv.org/abs/2002.05709, equation 1 and algorithm 1; code:
 * google-research/simclr tf2/objective.py).
 *
 * Shapes: N images on this rank, V views, D width; R = 2N rows of a pair of views on this rank, C = R * worldSize columns.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { POSITIVE, requireNumbers, singleProcess, type Collective } from '@tessera/core';
import { l2Normalize } from '@tessera/engine';
import { multiCropNtXent } from './nt-xent-multi-crop.ts';
import { ntXentOfPair, type PairLoss } from './nt-xent-pair.ts';
import { imagesPerView } from './pair-masks.ts';

/** `mean2n`: mean over the 2N anchors (paper, PyTorch codes). `google`: the two directions summed, exactly twice that. */
export type NtXentReduction = 'mean2n' | 'google';

/** Options of {@link ntXent}. */
export interface NtXentOptions {
  /** tau > 0; similarities are divided by it. No default: published values run from 0.05 to 1. */
  readonly temperature: number;
  /** V, at least 2. Default 2. */
  readonly views?: number;
  /** Divide embeddings by their length first (cosine similarity). Default true. */
  readonly normalize?: boolean;
  readonly reduction?: NtXentReduction;
  /** Negatives come from all ranks. Default: one process. */
  readonly collective?: Collective;
}

/**
 * For each anchor i with positive p: -log( exp(s_ip) / sum over k != i of exp(s_ik) ), s = u u' / tau, averaged over anchors. Only the anchor
 * itself is left out of the sum, so it has 2N - 1 terms, the positive among them. Perfect collapse gives ln(2N - 1).
 *
 * More than two views (multi-crop): every ordered pair of an image's crops, against all crops of all other images; see
 * {@link multiCropNtXent}.
 * @param z_RD view-major [V * N, D] float32: rows 0..N-1 are view 0, so for V = 2 the positive of row i is i +- N
 * @throws TesseraError `E_VIEWS` if there are fewer than two views, or rows that do not divide by them; `E_OPTION_INVALID` on a temperature
 * that is not above 0
 */
export function ntXent(z_RD: Tensor2D, options: NtXentOptions): Scalar {
  return ntXentWithMetrics(z_RD, options).loss;
}

/** {@link ntXent}, together with what {@link contrastiveMetrics} would say where the engine has one kernel for both. */
export function ntXentWithMetrics(z_RD: Tensor2D, options: NtXentOptions): PairLoss {
  const { temperature, views = 2, normalize = true, reduction = 'mean2n', collective = singleProcess } = options;
  requireNumbers('ntXent', { temperature }, POSITIVE);
  const images = imagesPerView(z_RD, views);
  const u_RD = normalize ? l2Normalize(z_RD) : z_RD;
  const { loss, ...rest } =
    views === 2
      ? ntXentOfPair(u_RD, temperature, collective)
      : { loss: multiCropNtXent(u_RD, images, views, temperature, collective) };
  return { loss: reduction === 'google' ? tf.mul(loss, 2) : loss, ...rest };
}
