import { defineSchedule } from '@tessera/core';
import { z } from 'zod';
import { scaling, scalingFactor } from './scaling.ts';

/** The `step` schedule. */
export const stepSchedule = defineSchedule({
  name: 'step',
  summary: 'Multiplies the learning rate by a factor at each milestone.',
  options: z.strictObject({
    milestones: z.array(z.number().positive()).min(1).describe('Epochs at whose start the rate drops: [60, 80].'),
    factor: z.number().positive().default(0.1).describe('What the rate is multiplied by.'),
    scaling,
  }),
  create: ({ milestones, factor, scaling: rule }, { stepsPerEpoch, batchSize, learningRate }) => {
    const rate = learningRate * scalingFactor(rule, batchSize);
    return (step) => ({
      learningRate: rate * factor ** milestones.filter((epoch) => step >= epoch * stepsPerEpoch).length,
      baseLearningRate: rate,
    });
  },
});
