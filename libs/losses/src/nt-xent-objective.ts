import * as tf from '@tensorflow/tfjs-core';
import { defineObjective, statelessObjective } from '@tessera/core';
import { z } from 'zod';
import { contrastiveMetrics } from './contrastive-metrics.ts';
import { l2Normalize } from './l2-normalize.ts';
import { ntXent } from './nt-xent.ts';
import { imagesPerView } from './pair-masks.ts';

/** SimCLR's objective; see {@link ntXent} for the formula. Metrics: contrastiveAccuracy, contrastiveEntropy (nats). */
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
  create: ({ temperature, normalize, reduction }) =>
    statelessObjective((views, _batch, { collective }) => {
      const z_RD = tf.concat([...views]);
      const u_RD = normalize ? l2Normalize(z_RD) : z_RD;
      const loss = ntXent(u_RD, { temperature, views: views.length, normalize: false, reduction, collective });
      const images = imagesPerView(u_RD, views.length);
      return { loss, metrics: { ...contrastiveMetrics(u_RD, images, temperature, collective) } };
    }),
});
