import { z } from 'zod';
import type { ParameterSet } from '../parameters.ts';
import { createBatchNorm, type BatchNorm, type BatchNormOptions } from './batch-norm.ts';
import { createGroupedBatchNorm } from './grouped-batch-norm.ts';
import { createLayerNorm } from './layer-norm.ts';

/** Options of whatever normalises; SimCLR section 2.2 names the alternatives to batch norm over all ranks. */
export const normOptions = {
  norm: z
    .enum(['batch', 'shuffled', 'layer'])
    .default('batch')
    .describe(
      'batch: over the whole batch of all ranks; shuffled: over normGroups parts of it, in random order (MoCo); layer: each sample by itself',
    ),
  normGroups: z
    .int()
    .min(1)
    .default(2)
    .describe("Parts of each rank's batch in shuffled batch norm, as if each were on a device of its own."),
};

export interface NormOptions {
  readonly norm: 'batch' | 'shuffled' | 'layer';
  readonly normGroups: number;
}

/** Makes one normalisation layer. */
export type NormFactory = (parameters: ParameterSet, path: string, options: BatchNormOptions) => BatchNorm;

/** The layer that the options name. `shuffled` is only half of it: the network must shuffle its rows, see `createRowShuffle`. */
export function normFactory({ norm, normGroups }: NormOptions): NormFactory {
  if (norm === 'layer') return createLayerNorm;
  if (norm === 'batch') return createBatchNorm;
  return (parameters, path, options) => createGroupedBatchNorm(parameters, path, options, normGroups);
}
