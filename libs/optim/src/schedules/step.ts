import { defineSchedule, doubts, requireNumbers } from '@tessera/core';
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
  check: ({ milestones, factor }, { epochs, stepsPerEpoch, totalSteps }) => {
    const end = stepsPerEpoch === undefined || totalSteps === undefined ? epochs : totalSteps / stepsPerEpoch;
    const late = milestones.filter((epoch) => epoch >= end);
    const run = `${String(Number(end.toPrecision(3)))} epochs`;
    return doubts(
      late.length > 0 && {
        code: 'W_MILESTONES_NEVER',
        message: `the rate ${late.length === milestones.length ? 'never drops' : 'does not drop'} at ${late.join(', ')}: the run ends after ${run}`,
      },
      factor === 1 && {
        code: 'W_MILESTONES_NEVER',
        message: 'a factor of 1 changes no rate: the milestones count for nothing',
      },
    );
  },
  create: ({ milestones, factor, scaling: rule }, context) => {
    const rate = context.learningRate * rateFactor(rule, context);
    return (step) => {
      requireNumbers('a schedule', { step }, { atLeast: 0 });
      const dropped = milestones.filter((epoch) => step >= epoch * context.stepsPerEpoch).length;
      return { learningRate: rate * factor ** dropped, baseLearningRate: rate };
    };
  },
});
