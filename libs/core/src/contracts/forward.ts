import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { RandomKey } from '../random/key.ts';
import type { Collective } from './collective.ts';

/**
 * State changes that a forward pass wants, applied once after the step (or thrown away: gradient caching, finite differences).
 * Tensors handed in are kept until then; the caller goes on owning nothing.
 */
export interface PendingUpdates {
  /** variable = value */
  assign(variable: Variable, value: Tensor): void;
  /** variable = (1 - momentum) * variable + momentum * value, in the order of the calls */
  blend(variable: Variable, value: Tensor, momentum: number): void;
  /** variable = variable + value */
  accumulate(variable: Variable, value: Tensor): void;
  /** Runs at commit, after every call that came before it. */
  defer(run: () => void): void;
}

/** How a forward pass is to be made: a call's argument, never a module's state. */
export interface Forward {
  /** Batch statistics and stochastic layers (true) or running statistics (false). */
  readonly training: boolean;
  /** Batch-norm statistics over this process's rows or over all ranks'. */
  readonly statistics: 'local' | 'collective';
  readonly updates: PendingUpdates;
  readonly collective: Collective;
  readonly progress: Progress;
  /** Place among the training images of each of this rank's images, [B], 0 to `data.size` - 1; empty where the rows are no training images. */
  readonly sampleIds: Int32Array;
  /**
   * Of (seed, step), the same on every rank: a second pass over the step draws the same. A layer folds its own name into it, a
   * method something of each of several runs of one network (`withKey`); a draw that belongs to an image (a mask, drop-path) the image's sample id too, so that it depends neither on chunks nor on ranks.
   */
  readonly key: RandomKey;
}

/** Where a run stands. Steps and epochs count from 0. */
export interface Progress {
  readonly step: number;
  readonly epoch: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
}
