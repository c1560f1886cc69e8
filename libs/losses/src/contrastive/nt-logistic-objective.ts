import { defineObjective, doubts } from '@tessera/core';
import { z } from 'zod';
import { contrastiveObjective } from './contrastive-objective.ts';
import { negativeOptions } from './negative-options.ts';
import { ntLogistic } from './nt-logistic.ts';
import { temperatureDoubt } from '../shared/temperature-doubt.ts';
import { lengthDoubt } from './length-doubt.ts';

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
  needs: { images: 2, views: 2 },
  check: ({ temperature, normalize }) => doubts(normalize ? temperatureDoubt(temperature) : lengthDoubt(temperature)),
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
            // -ln sigmoid(s) - ln sigmoid(-s') of similarities that are alike on average is least at 0.
            uninformed: 2 * Math.LN2,
          }),
      },
      context,
    ),
});
