import { defineSchedule, requireNumbers } from '@tessera/core';
import { z } from 'zod';
import { rateFactor, scaling } from './scaling.ts';

/** The `constant` schedule. */
export const constantSchedule = defineSchedule({
  name: 'constant',
  summary: 'The same learning rate at every step.',
  options: z.strictObject({ scaling }),
  create: (options, context) => {
    const rate = context.learningRate * rateFactor(options.scaling, context);
    return (step) => {
      requireNumbers('a schedule', { step }, { atLeast: 0 });
      return { learningRate: rate, baseLearningRate: rate };
    };
  },
});
