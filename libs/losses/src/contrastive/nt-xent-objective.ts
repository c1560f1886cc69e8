import { defineObjective, doubts } from '@tessera/core';
import { z } from 'zod';
import { contrastiveObjective, countViews } from './contrastive-objective.ts';
import { ntXentWithMetrics } from './nt-xent.ts';
import { temperatureDoubt } from '../shared/temperature-doubt.ts';
import { lengthDoubt } from './length-doubt.ts';

/** SimCLR's objective; see {@link ntXentWithMetrics} for the formula. Metrics: contrastiveAccuracy, contrastiveEntropy (nats). */
export const ntXentObjective = defineObjective({
  name: 'nt-xent',
  summary: "SimCLR's contrastive loss: find an image's other view among all views of the batch.",
  options: z.strictObject({
    temperature: z
      .number('expected a number > 0; there is no default: SimCLR used 0.1 on ImageNet and 0.5 on CIFAR-10')
      .positive()
      .describe('tau: similarities are divided by it; > 0, no default'),
    normalize: z.boolean().default(true).describe('divide embeddings by their length first (cosine similarity)'),
    reduction: z
      .enum(['mean2n', 'google'])
      .default('mean2n')
      .describe('mean over the 2N anchors, or the sum of both directions (twice that) as in google-research/simclr'),
  }),
  // Of one image there is nothing to tell its other view from: the loss is 0 whatever the embeddings.
  needs: { images: 2, views: 2 },
  check: ({ temperature, normalize, reduction }, { parts: { optimizer } }) =>
    doubts(
      reduction === 'google' &&
        optimizer !== 'lars' && {
          code: 'W_GOOGLE_REDUCTION',
          message: `reduction google is twice the mean over the 2N anchors; LARS does not see the factor, ${optimizer} does`,
        },
      normalize ? temperatureDoubt(temperature) : lengthDoubt(temperature),
    ),
  create: ({ temperature, normalize, reduction }, context) => {
    const views = countViews(context.views);
    const scale = reduction === 'google' ? 2 : 1;
    return contrastiveObjective(
      {
        loss: (u_RD, count, collective) =>
          ntXentWithMetrics(u_RD, { temperature, views: count, normalize: false, reduction, collective }),
        normalize,
        temperature,
        collapse: {
          value: scale * Math.log(1 + views * (context.batchSize - 1)),
          formula: `${scale === 2 ? '2 ' : ''}ln(${views === 2 ? '2N - 1' : `1 + ${views}(N - 1)`})`,
        },
      },
      context,
    );
  },
});
