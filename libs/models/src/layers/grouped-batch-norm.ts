import { TesseraError } from '@tessera/core';
import { concat, type Tensor } from '@tensorflow/tfjs-core';
import type { ParameterSet } from '../parameters.ts';
import { createBatchNorm, type AfterNorm, type BatchNorm, type BatchNormOptions } from './batch-norm.ts';
import { sliceRows } from './shuffle-rows.ts';

/**
 * Batch norm whose statistics are those of a part of the batch: rows are split in `groups` equal runs and each is normalised by itself,
 * as if it were on a device of its own. Every group moves the running statistics, one after the other. Never over ranks.
 * @throws TesseraError `E_BATCH_GROUPS` when the rows cannot be split evenly
 */
export function createGroupedBatchNorm(
  parameters: ParameterSet,
  path: string,
  options: BatchNormOptions,
  groups: number,
): BatchNorm {
  const norm = createBatchNorm(parameters, path, options);
  return <T extends Tensor>(x: T, forward: Parameters<BatchNorm>[1], after: AfterNorm<T> = {}): T => {
    if (!forward.training) return norm(x, forward, after);
    const [batch = 0]: readonly number[] = x.shape;
    const rows = batch / groups;
    if (!Number.isInteger(rows)) {
      throw new TesseraError({
        code: 'E_BATCH_GROUPS',
        message: `shuffled batch norm '${path}' got ${String(batch)} rows for ${String(groups)} groups; expected a multiple`,
        next: 'Choose another normGroups or batch size.',
      });
    }
    const local = { ...forward, statistics: 'local' as const };
    const parts = Array.from({ length: groups }, (_, group) => {
      const part = <U extends Tensor>(whole: U): U => sliceRows(whole, group * rows, rows);
      const { residual, ...rest } = after;
      return norm(part(x), local, residual ? { ...rest, residual: part(residual) } : rest);
    });
    return parts.length === 1 && parts[0] ? parts[0] : concat(parts);
  };
}
