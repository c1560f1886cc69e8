/**
 * Shuffled batch norm's shuffle (He et al. 2020, MoCo, section 3.3; SimCLR section 2.2 names it beside global batch norm): the rows of
 * all ranks are put in a random order before a network whose batch norm sees a part of them, and back after it, so that the two views of
 * an image share their statistics only by chance.
 */
import { fold, stream, type Forward } from '@tessera/core';
import { gather, slice, type Tensor } from '@tensorflow/tfjs-core';

/** Runs a network on shuffled rows: [B, ...] -> whatever `run` gives, row by row in the original order. */
export type RowShuffle = <X extends Tensor, Y extends Tensor>(x: X, forward: Forward, run: (x: X) => Y) => Y;

/**
 * The order is drawn from the pass's key and the network's name, so a second pass over the step has the same; a method that runs the network
 * several times in a step gives each run a key of its own (`withKey`).
 */
export function createRowShuffle(scope: string): RowShuffle {
  return (x, forward, run) => {
    if (!forward.training) return run(x);
    const { collective } = forward;
    const [rows = 0]: readonly number[] = x.shape;
    const count = rows * collective.worldSize;
    // The same on every rank, as the key is.
    const order = stream(fold(forward.key, scope, 'shuffle')).permutation(count);
    const place = new Int32Array(count);
    order.forEach((from, to) => (place[from] = to));
    const mine = collective.rank * rows;
    const pick = <T extends Tensor>(rowsOfAll: T, positions: ArrayLike<number>): T =>
      gather(rowsOfAll, Int32Array.from(Array.from(positions).slice(mine, mine + rows)));
    const shuffled = pick(collective.allGather(x), order);
    return pick(collective.allGather(run(shuffled)), place);
  };
}

/** Rows [from, from + count) of a tensor of any rank. */
export function sliceRows<T extends Tensor>(x: T, from: number, count: number): T {
  return slice(x, [from, ...x.shape.slice(1).map(() => 0)], [count, ...x.shape.slice(1)]);
}
