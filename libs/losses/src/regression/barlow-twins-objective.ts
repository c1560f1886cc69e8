import * as tf from '@tensorflow/tfjs-core';
import type { Scalar } from '@tensorflow/tfjs-core';
import { defineObjective, statelessObjective, TesseraError } from '@tessera/core';
import { z } from 'zod';
import { barlowTwins } from './barlow-twins.ts';

/**
 * scale * (onDiagonal + lambda * offDiagonal). Statistics are those of the batch over all processes, as the official code has them
 * (SyncBN, correlation summed over ranks); lightly standardises on each process and averages the correlations, which is another number.
 * Metrics: the two terms, unweighted.
 */
export const barlowTwinsObjective = defineObjective({
  name: 'barlow-twins',
  summary: "The cross-correlation of two views' embeddings is drawn to the identity; no negatives.",
  options: z.strictObject({
    lambda: z
      .number()
      .min(0)
      .default(0.0051)
      .describe('weight of the off-diagonal term; official 0.0051, lightly 0.005'),
    scale: z.number().positive().default(1).describe('of the whole loss; official 1, solo-learn 0.1 on CIFAR-10'),
  }),
  needs: { images: 2, views: 2 },
  methods: ['barlow-twins'],
  create: ({ lambda, scale }) =>
    statelessObjective(({ online = [] }, _batch, { collective }) => {
      const [a, b] = online;
      if (!a || !b || online.length !== 2) throw twoViews(online.length);
      const { onDiagonal, offDiagonal } = barlowTwins(collective.allGather(a), collective.allGather(b));
      const loss = tf.mul<Scalar>(tf.add(onDiagonal, tf.mul(offDiagonal, lambda)), scale);
      return { loss, metrics: { onDiagonal, offDiagonal } };
    }),
});

function twoViews(got: number): TesseraError {
  return new TesseraError({
    code: 'E_VIEWS',
    message: `the objective barlow-twins got ${String(got)} views of an image, expected 2`,
    next: 'Choose an augmenter that makes two views, such as `simclr`.',
  });
}
