import { cosine, type Doubt, type Progress } from '@tessera/core';
import { z } from 'zod';

/** Options of a momentum network. */
export const momentumOptions = (base: number, schedule: 'constant' | 'cosine') => ({
  momentum: z
    .number()
    .min(0)
    .max(1)
    .default(base)
    .describe('weight of the momentum network in its average, at the start'),
  momentumSchedule: z
    .enum(['constant', 'cosine', 'cosine-lightly'])
    .default(schedule)
    .describe(
      'cosine: to 1 over the run, divided by its steps (DeepMind, DINO, solo-learn); cosine-lightly: by its steps less one',
    ),
});

interface MomentumOptions {
  readonly momentum: number;
  readonly momentumSchedule: 'constant' | 'cosine' | 'cosine-lightly';
}

/** The momentum of a step: m = 1 - (1 - base) (cos(pi step / total) + 1) / 2 where it follows a cosine. */
export function momentumAt({ momentum, momentumSchedule }: MomentumOptions, { step, totalSteps }: Progress): number {
  if (momentumSchedule === 'constant') return momentum;
  const last = momentumSchedule === 'cosine' ? totalSteps : Math.max(1, totalSteps - 1);
  return cosine(momentum, 1, step / last);
}

/** A momentum network that never moves. */
export function momentumDoubt({ momentum }: MomentumOptions): Doubt | undefined {
  if (momentum < 1) return undefined;
  return {
    code: 'W_MOMENTUM',
    message:
      'a momentum of 1 keeps the momentum network as it is at the start: it never learns; papers take 0.99 to 0.999',
  };
}
