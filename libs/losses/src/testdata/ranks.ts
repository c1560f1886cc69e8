import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { Collective } from '@tessera/core';
import { errorOfLargest } from './read.ts';

/** What one process and several make of the same batch. */
export interface RankComparison {
  readonly whole: number;
  /** Mean of what each rank computed. */
  readonly split: number;
  /** Largest error of the ranks' gradients, averaged over ranks as the trainer does, against the whole's, or the exact one. */
  readonly gradientError: number;
}

/**
 * All ranks in one process: the gathered embeddings are one differentiable concatenation, so gradients cross ranks as `allGather` promises;
 * the ranks' losses are known only once all are computed, so their mean is taken afterwards.
 * @param z view-major [V * N][D]; rank r gets images r N / world to (r + 1) N / world - 1
 * @param loss of unit-length rows
 * @param exact the gradient to z, where a better one is known than what one process makes
 */
export function compareRanks(
  z: readonly (readonly number[])[],
  views: number,
  world: number,
  loss: (u_RD: Tensor2D, collective?: Collective) => Scalar,
  exact?: readonly (readonly number[])[],
): RankComparison {
  const unit = (x: Tensor) => tf.div<Tensor2D>(x, tf.norm(x, 2, 1, true));
  const whole = tf.valueAndGrad((x: Tensor) => loss(unit(x)))(tf.tensor2d(z.map((row) => [...row])));
  const expected = exact ?? (whole.grad.arraySync() as number[][]);
  const images = z.length / views;
  const share = images / world;
  const rowsOf = (rank: number): number[] =>
    Array.from({ length: views * share }, (_, i) => Math.floor(i / share) * images + rank * share + (i % share));
  const pick = (rows: readonly (readonly number[])[], rank: number) =>
    rowsOf(rank).map((row) => [...(rows[row] ?? [])]);
  const parts = Array.from({ length: world }, (_, rank) => tf.tensor2d(pick(z, rank)));
  const own: number[] = [];
  const total = (...ranks: Tensor[]): Scalar => {
    const units = ranks.map(unit);
    const gathered = tf.concat(units);
    const losses = units.map((u_RD, rank) => {
      const collective = {
        rank,
        worldSize: world,
        allGather: () => gathered,
        allReduceSum: (x: Tensor) => {
          own[rank] = x.dataSync()[0] ?? NaN;
          return x;
        },
      } as Collective;
      return loss(u_RD, collective);
    });
    return tf.addN(losses);
  };
  const { grads } = tf.valueAndGrads(total)(parts);
  return {
    whole: whole.value.dataSync()[0] ?? NaN,
    split: own.reduce((a, b) => a + b, 0) / world,
    gradientError: Math.max(...grads.map((grad, rank) => errorOfLargest(tf.div(grad, world), pick(expected, rank)))),
  };
}
