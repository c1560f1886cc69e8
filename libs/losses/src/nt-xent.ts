/**
 * NT-Xent, the contrastive loss of SimCLR (https://arxiv.org/abs/2002.05709, equation 1 and algorithm 1; code:
 * google-research/simclr tf2/objective.py).
 *
 * Shapes: N images on this rank, V views, D width; R = 2N rows of a pair of views on this rank, C = R * worldSize columns.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { singleProcess, type Collective } from '@tessera/core';
import { float32Op } from './float32-op.ts';
import { l2Normalize } from './l2-normalize.ts';
import { meanOverRanks } from './mean-over-ranks.ts';
import { multiCropNtXent } from './nt-xent-multi-crop.ts';
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

/** Subtracted from an anchor's similarity to itself. Float32, where exp(-1e30) is exactly 0. */
const SELF = 1e30;

/**
 * For each anchor i with positive p: -log( exp(s_ip) / sum over k != i of exp(s_ik) ), s = u u' / tau, averaged over anchors. Only the anchor
 * itself is left out of the sum, so it has 2N - 1 terms, the positive among them. Perfect collapse gives ln(2N - 1).
 *
 * More than two views (multi-crop): every ordered pair of an image's crops, against all crops of all other images; see
 * {@link multiCropNtXent}.
 * @param z_RD view-major [V * N, D] float32: rows 0..N-1 are view 0, so for V = 2 the positive of row i is i +- N
 * @throws TesseraError `E_VIEWS` if there are fewer than two views, or rows that do not divide by them
 */
export function ntXent(z_RD: Tensor2D, options: NtXentOptions): Scalar {
  const { temperature, views = 2, normalize = true, reduction = 'mean2n', collective = singleProcess } = options;
  const images = imagesPerView(z_RD, views);
  const u_RD = normalize ? l2Normalize(z_RD) : z_RD;
  const mean =
    views === 2
      ? lossOfPair(u_RD, temperature, collective)
      : multiCropNtXent(u_RD, images, views, temperature, collective);
  return reduction === 'google' ? tf.mul(mean, 2) : mean;
}

function lossOfPair(u_RD: Tensor2D, temperature: number, collective: Collective): Scalar {
  // Gathered columns are rank-major and view-major inside a rank, so an anchor's own column is its row plus this rank's offset.
  return meanOverRanks(
    meanCrossEntropy(u_RD, collective.allGather(u_RD), u_RD.shape[0] * collective.rank, temperature),
    collective,
  );
}

function oneHotColumns(rows: number, columns: number, columnOf: (row: number) => number): Tensor2D {
  const indices: Tensor1D = tf.tensor1d(
    Int32Array.from({ length: rows }, (_, row) => columnOf(row)),
    'int32',
  );
  return tf.oneHot(indices, columns, 1, 0, 'float32') as Tensor2D;
}

/** Cross entropy of the positives, mean over this rank's rows. Gradient: (softmax - onehot) / (R tau), applied to either side. */
function meanCrossEntropy(u_RD: Tensor2D, all_CD: Tensor2D, offset: number, temperature: number): Scalar {
  const rows = u_RD.shape[0];
  return float32Op<Scalar>(
    [u_RD, all_CD],
    () => {
      const columns = all_CD.shape[0];
      const self_RC = oneHotColumns(rows, columns, (row) => offset + row);
      const positive_RC = oneHotColumns(rows, columns, (row) => offset + ((row + rows / 2) % rows));
      const similarity_RC = tf.div(tf.matMul(u_RD, all_CD, false, true), temperature);
      const logits_RC = tf.sub(similarity_RC, tf.mul(self_RC, SELF));
      const partition_R1 = tf.logSumExp(logits_RC, 1, true);
      const target_R1 = tf.sum(tf.mul(logits_RC, positive_RC), 1, true);
      return {
        value: tf.mean<Scalar>(tf.sub(partition_R1, target_R1)),
        saved: [u_RD, all_CD, logits_RC, partition_R1, positive_RC],
      };
    },
    (dy, [u, all, logits_RC, partition_R1, positive_RC]) => {
      if (!u || !all || !logits_RC || !partition_R1 || !positive_RC) throw new Error('ntXent: saved tensors are gone');
      const scale = tf.div(dy, rows * temperature);
      const gradient_RC = tf.mul(tf.sub(tf.exp(tf.sub(logits_RC, partition_R1)), positive_RC), scale);
      return [tf.matMul(gradient_RC, all), tf.matMul(gradient_RC, u, true, false)];
    },
  );
}
