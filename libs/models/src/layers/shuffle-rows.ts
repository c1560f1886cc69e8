/**
 * Shuffled batch norm's shuffle (He et al. 2020, MoCo, section 3.3; SimCLR section 2.2 names it beside global batch norm): the rows of
 * all ranks are put in a random order before a network whose batch norm sees a part of them, and back after it, so that the two views of
 * an image share their statistics only by chance.
 */
import { fold, stream, type Forward } from '@tessera/core';
import { gather, scalar, slice, tidy, type Rank, type Tensor } from '@tensorflow/tfjs-core';
import { constant } from '../initializers.ts';
import type { ParameterSet } from '../parameters.ts';

/** Runs a network on shuffled rows: [B, ...] -> whatever `run` gives, row by row in the original order. */
export type RowShuffle = <X extends Tensor, Y extends Tensor>(x: X, forward: Forward, run: (x: X) => Y) => Y;

/** The order is drawn anew in every training pass, from a counter that is saved with the statistics: `shuffles`. */
export function createRowShuffle(parameters: ParameterSet): RowShuffle {
  const shuffles = parameters.buffer<Rank.R0>('shuffles', [], constant(0));
  return (x, forward, run) => {
    if (!forward.training) return run(x);
    const { collective } = forward;
    const [rows = 0]: readonly number[] = x.shape;
    const count = rows * collective.worldSize;
    // The same on every rank: it depends on the seed and on the number of passes alone.
    const order = stream(fold(parameters.key, 'shuffle', shuffles.dataSync()[0] ?? 0)).permutation(count);
    const place = new Int32Array(count);
    order.forEach((from, to) => (place[from] = to));
    const mine = collective.rank * rows;
    const pick = <T extends Tensor>(rowsOfAll: T, positions: ArrayLike<number>): T =>
      gather(rowsOfAll, Int32Array.from(Array.from(positions).slice(mine, mine + rows)));
    tidy(() => {
      forward.updates.accumulate(shuffles, scalar(1));
    });
    const shuffled = pick(collective.allGather(x), order);
    return pick(collective.allGather(run(shuffled)), place);
  };
}

/** Rows [from, from + count) of a tensor of any rank. */
export function sliceRows<T extends Tensor>(x: T, from: number, count: number): T {
  return slice(x, [from, ...x.shape.slice(1).map(() => 0)], [count, ...x.shape.slice(1)]);
}
