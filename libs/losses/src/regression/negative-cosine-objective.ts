import { defineObjective, statelessObjective } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { meanOverRanks } from '../shared/mean-over-ranks.ts';
import { negativeCosine } from './negative-cosine.ts';

/** BYOL's and SimSiam's objective; see {@link negativeCosine}. Metric: targetCosine, the mean cosine of predictions and targets. */
export const negativeCosineObjective = defineObjective({
  name: 'negative-cosine',
  summary: "A prediction of one view points where another view's target does; no negatives.",
  options: z.strictObject({
    reduction: z
      .enum(['simsiam', 'byol'])
      .default('simsiam')
      .describe('simsiam: mean of -cos; byol: 2 - 2 cos summed over both directions, gradients four times as large'),
  }),
  needs: { views: 2, roles: ['online', 'target'] },
  methods: ['byol', 'simsiam'],
  create: ({ reduction }) =>
    statelessObjective(({ online = [], target = [] }, _batch, { collective }) => {
      const loss = meanOverRanks(negativeCosine(online, target, reduction), collective);
      const cosine = reduction === 'simsiam' ? tf.neg<tf.Scalar>(loss) : tf.sub<tf.Scalar>(1, tf.div(loss, 4));
      return { loss, metrics: { targetCosine: cosine } };
    }),
});
