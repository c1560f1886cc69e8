import { z } from 'zod';

export const scaling = z
  .enum(['none', 'linear', 'sqrt'])
  .default('none')
  .describe(
    'How all learning rates grow with the batch: linear: times batch / 256; sqrt: times the root of the batch (google-research/simclr).',
  );

export type Scaling = z.output<typeof scaling>;

/** @param batchSize images in a step, over all ranks */
export function scalingFactor(rule: Scaling, batchSize: number): number {
  if (rule === 'linear') return batchSize / 256;
  return rule === 'sqrt' ? Math.sqrt(batchSize) : 1;
}
