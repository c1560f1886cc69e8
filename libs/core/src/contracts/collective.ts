import type { Tensor } from '@tensorflow/tfjs-core';

/** Communication between the processes of one run. Synchronous. The gradient of {@link allGather} sums over ranks. */
export interface Collective {
  readonly rank: number;
  readonly worldSize: number;
  /** Concatenates every rank's rows, in rank order. [B, ...] -> [worldSize * B, ...] */
  allGather<T extends Tensor>(x: T): T;
  /** Elementwise sum over ranks; not differentiable. */
  allReduceSum<T extends Tensor>(x: T): T;
}

/** The default: one process. Both operations return their argument. */
export const singleProcess: Collective = {
  rank: 0,
  worldSize: 1,
  allGather: (x) => x,
  allReduceSum: (x) => x,
};
