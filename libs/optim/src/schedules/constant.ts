import { defineSchedule } from '@tessera/core';
import { z } from 'zod';
import { scaling, scalingFactor } from './scaling.ts';

/** The `constant` schedule. */
export const constantSchedule = defineSchedule({
  name: 'constant',
  summary: 'The same learning rate at every step.',
  options: z.strictObject({ scaling }),
  create: (options, { batchSize, learningRate }) => {
    const rate = learningRate * scalingFactor(options.scaling, batchSize);
    return () => ({ learningRate: rate, baseLearningRate: rate });
  },
});
