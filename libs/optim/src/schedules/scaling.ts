import { COUNT, requireNumbers, type ContextOf } from '@tessera/core';
import { z } from 'zod';

export const scaling = z
  .enum(['none', 'linear', 'sqrt'])
  .default('none')
  .describe(
    'How all learning rates grow with the batch: linear: times batch / 256; sqrt: times the root of the batch (google-research/simclr).',
  );

export type Scaling = z.output<typeof scaling>;

/**
 * @param batchSize images in a step, over all ranks
 * @throws TesseraError `E_OPTION_INVALID` on a batch size that is no count
 */
export function scalingFactor(rule: Scaling, batchSize: number): number {
  requireNumbers('scalingFactor', { batchSize }, COUNT);
  if (rule === 'linear') return batchSize / 256;
  return rule === 'sqrt' ? Math.sqrt(batchSize) : 1;
}

/**
 * What a schedule multiplies its rates by, once it knows that the run makes sense.
 * @throws TesseraError `E_OPTION_INVALID` on a rate below 0, or epochs or runs that have no steps
 */
export function rateFactor(
  rule: Scaling,
  { batchSize, learningRate, stepsPerEpoch, totalSteps }: ContextOf['schedule'],
): number {
  requireNumbers('a schedule', { learningRate }, { atLeast: 0 });
  requireNumbers('a schedule', { stepsPerEpoch, totalSteps }, { above: 0 });
  return scalingFactor(rule, batchSize);
}
