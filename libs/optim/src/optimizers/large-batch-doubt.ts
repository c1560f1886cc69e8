import type { Doubt } from '@tessera/core';

/** Layer-wise adaptation (LARS, LARC) is for batches of thousands. */
export function largeBatchDoubt(name: string, batchSize: number): Doubt | undefined {
  if (batchSize >= 256) return undefined;
  return {
    code: 'W_LARGE_BATCH_OPTIMIZER',
    message: `${name} is for large batches; at ${String(batchSize)} the reference codes take SGD or Adam`,
  };
}
