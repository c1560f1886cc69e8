/**
 * NT-Xent over one pair of views: one kernel where the engine has it, else the composed formula. See {@link ntXent} for the paper.
 *
 * Shapes: N images on this rank, D width; R = 2N rows on this rank, C = R * worldSize columns.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Collective } from '@tessera/core';
import { detached, float32Op, LEAST_FLOAT32, tryKernel } from '@tessera/engine';
import type { ContrastiveMetrics } from './contrastive-metrics.ts';
import { meanOverRanks } from '../shared/mean-over-ranks.ts';

/** What {@link ntXentOfPair} returns. */
export interface PairLoss {
  /** Mean over the rows of all ranks. */
  readonly loss: Scalar;
  /** What contrastiveMetrics would say, where it came with the loss. */
  readonly metrics?: ContrastiveMetrics;
}

/**
 * Cross entropy of the positives. Gathered columns are rank-major and view-major inside a rank, so an anchor's own column is its row plus
 * this rank's offset. Gradient: (softmax - onehot) / (R tau), applied to either side.
 * @param u_RD first views, then second views
 */
export function ntXentOfPair(u_RD: Tensor2D, temperature: number, collective: Collective): PairLoss {
  const all_CD = collective.worldSize === 1 ? undefined : collective.allGather(u_RD);
  const { rank } = collective;
  const local = fused(u_RD, all_CD, temperature, rank) ?? {
    loss: composed(u_RD, all_CD ?? u_RD, u_RD.shape[0] * rank, temperature),
  };
  return { ...local, loss: meanOverRanks(local.loss, collective) };
}

function fused(u_RD: Tensor2D, all_CD: Tensor2D | undefined, temperature: number, rank: number): PairLoss | undefined {
  const inputs = { u: u_RD, ...(all_CD && { all: all_CD }) };
  const gradient = tf.engine().state.gradientDepth > 0;
  // Outside of the operation with a gradient, because that returns one tensor only and these are three and more.
  const outputs = tryKernel('TesseraNtXent', inputs, { temperature, rank, gradient });
  if (!outputs) return undefined;
  const [value, accuracy, entropy, ...slopes] = outputs as [Scalar, Scalar, Scalar, ...Tensor[]];
  const loss = float32Op<Scalar>(
    Object.values(inputs),
    () => ({ value: tf.clone(value), saved: slopes }),
    (dy, saved) => saved.map((slope) => tf.mul(slope, dy)),
  );
  const constant = (metric: Scalar): Scalar => detached(() => tf.clone(metric));
  return { loss, metrics: { contrastiveAccuracy: constant(accuracy), contrastiveEntropy: constant(entropy) } };
}

function composed(u_RD: Tensor2D, all_CD: Tensor2D, offset: number, temperature: number): Scalar {
  const rows = u_RD.shape[0];
  return float32Op<Scalar>(
    [u_RD, all_CD],
    () => {
      const columns = all_CD.shape[0];
      const self_RC = oneHotColumns(rows, columns, (row) => offset + row);
      const positive_RC = oneHotColumns(rows, columns, (row) => offset + ((row + rows / 2) % rows));
      const similarity_RC = tf.div(tf.matMul(u_RD, all_CD, false, true), temperature);
      const logits_RC = tf.where(tf.cast(self_RC, 'bool'), LEAST_FLOAT32, similarity_RC);
      // The maximum goes off before anything is added: at 1e8, where a low temperature takes logits, float32 counts by eights.
      const shifted_RC = tf.sub(logits_RC, tf.max(logits_RC, 1, true));
      const weight_RC = tf.exp(shifted_RC);
      const sum_R1 = tf.sum(weight_RC, 1, true);
      const target_R1 = tf.sum(tf.where(tf.cast(positive_RC, 'bool'), shifted_RC, 0), 1, true);
      return {
        value: tf.mean<Scalar>(tf.sub(tf.log(sum_R1), target_R1)),
        saved: [u_RD, all_CD, tf.div(weight_RC, sum_R1), positive_RC],
      };
    },
    (dy, [u, all, softmax_RC, positive_RC]) => {
      if (!u || !all || !softmax_RC || !positive_RC) throw new Error('ntXent: saved tensors are gone');
      // softmax - positive, but at the positive minus all the others, which is the same without the digits that a probability near 1 loses.
      const others_RC = tf.mul(softmax_RC, tf.sub(1, positive_RC));
      const slope_RC = tf.sub(others_RC, tf.mul(positive_RC, tf.sum(others_RC, 1, true)));
      const gradient_RC = tf.mul<Tensor>(slope_RC, tf.div(dy, rows * temperature));
      return [tf.matMul(gradient_RC, all), tf.matMul(gradient_RC, u, true, false)];
    },
  );
}

function oneHotColumns(rows: number, columns: number, columnOf: (row: number) => number): Tensor2D {
  const indices: Tensor1D = tf.tensor1d(
    Int32Array.from({ length: rows }, (_, row) => columnOf(row)),
    'int32',
  );
  return tf.oneHot(indices, columns, 1, 0, 'float32') as Tensor2D;
}
