import type { Doubt, RunFacts } from '@tessera/core';
import type { Engine, Precision } from '@tessera/engine';
import type { ResolvedRecipe } from '../recipe/resolve.ts';

/** What a step takes, and what there is; bytes. */
export interface MemoryNeed {
  /** Of a step in float32, at its fullest. */
  readonly stepBytes: number;
  readonly precision: Precision;
  /** Of the batches that the loader holds. */
  readonly bufferBytes: number;
  readonly machineBytes: number;
}

/** Activations are half as large, and they are most of it. */
const SHARE: Readonly<Record<Precision, number>> = { f32: 1, bf16: 0.5 };

/** Whether a step is likely to take more memory than there is. */
export function memoryDoubt(
  { stepBytes, precision, bufferBytes, machineBytes }: MemoryNeed,
  { batchSize }: Pick<RunFacts, 'batchSize'>,
): Doubt | undefined {
  const needed = SHARE[precision] * stepBytes + bufferBytes;
  if (needed <= machineBytes) return undefined;
  const fits = 2 ** Math.floor(Math.log2((batchSize * machineBytes) / needed));
  const lower = fits >= 2 ? `: lower it to about ${fits} (trainer.batchSize)` : '';
  const orBf16 = precision === 'f32' ? ', or compute in bf16 (trainer.precision)' : '';
  return {
    code: 'W_MEMORY',
    message: `a step of ${batchSize} images takes about ${gibibytes(needed)} in ${precision}, and this machine has ${gibibytes(machineBytes)}${lower}${orBf16}`,
  };
}

/** What a run computes in: float32 where the engine has not what the recipe wants. */
export function precisionOn(
  { precisions }: Pick<Engine, 'precisions'>,
  { trainer: { precision } }: Pick<ResolvedRecipe, 'trainer'>,
): Precision {
  return precisions.includes(precision) ? precision : 'f32';
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** No network keeps more than so many times its input for the backward pass. */
const MOST_OF_INPUT = 10_000;
/** Weights, gradients and an optimizer's two slots, and as much again. */
const COPIES = 8;

/** Whether a step might take more than there is: else there is no need to measure one. @param parameters trained numbers */
export function mightExceed(
  { batchSize, views }: Pick<RunFacts, 'batchSize' | 'views'>,
  parameters: number,
  machineBytes: number,
): boolean {
  const pixels = views.reduce((sum, { count, size, channels }) => sum + count * size * size * channels, 0);
  return 4 * (batchSize * pixels * MOST_OF_INPUT + parameters * COPIES) > machineBytes;
}
