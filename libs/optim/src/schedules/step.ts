import { defineSchedule, requireNumbers } from '@tessera/core';
import { z } from 'zod';
import { rateFactor, scaling } from './scaling.ts';

/** The `step` schedule. */
export const stepSchedule = defineSchedule({
  name: 'step',
  summary: 'Multiplies the learning rate by a factor at each milestone.',
  options: z.strictObject({
    milestones: z.array(z.number().positive()).min(1).describe('Epochs at whose start the rate drops: [60, 80].'),
    factor: z.number().positive().default(0.1).describe('What the rate is multiplied by.'),
    scaling,
  }),
  create: ({ milestones, factor, scaling: rule }, context) => {
    const rate = context.learningRate * rateFactor(rule, context);
    return (step) => {
      requireNumbers('a schedule', { step }, { atLeast: 0 });
      return rate * factor ** milestones.filter((epoch) => step >= epoch * context.stepsPerEpoch).length;
    };
  },
});
