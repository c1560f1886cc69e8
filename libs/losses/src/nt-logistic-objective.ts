import { defineObjective } from '@tessera/core';
import { z } from 'zod';
import { contrastiveObjective } from './contrastive-objective.ts';
import { negativeOptions } from './negative-options.ts';
import { ntLogistic } from './nt-logistic.ts';

/** See {@link ntLogistic} for the formula. Metrics: contrastiveAccuracy, contrastiveEntropy (nats). */
export const ntLogisticObjective = defineObjective({
  name: 'nt-logistic',
  summary: 'Logistic loss on each pair of views: attract the positive, repel negatives, one by one.',
  options: z.strictObject({
    temperature: z
      .number('expected a number > 0; there is no default: SimCLR tried 0.1, 0.2, 0.5 and 1 on ImageNet')
      .positive()
      .describe('tau: similarities are divided by it; > 0, no default'),
    ...negativeOptions,
  }),
  create: ({ temperature, normalize, ...negatives }, context) =>
    contrastiveObjective(
      {
        loss: (u_RD, views, collective) => ({
          loss: ntLogistic(u_RD, { temperature, views, normalize: false, collective, ...negatives }),
        }),
        normalize,
        temperature,
        // Under collapse nothing is semi-hard, and the rest is also the least that the loss can be.
        ...(normalize &&
          negatives.semiHard === 'none' && {
            collapse: {
              value: 1 / temperature + 2 * Math.log1p(Math.exp(-1 / temperature)),
              formula: '-ln sigmoid(1/tau) - ln sigmoid(-1/tau)',
            },
          }),
      },
      context,
    ),
});
