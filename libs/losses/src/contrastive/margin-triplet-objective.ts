import { defineObjective, doubts } from '@tessera/core';
import { z } from 'zod';
import { contrastiveObjective } from './contrastive-objective.ts';
import { marginTriplet } from './margin-triplet.ts';
import { negativeOptions } from './negative-options.ts';

/** See {@link marginTriplet} for the formula. Metric: contrastiveAccuracy. */
export const marginTripletObjective = defineObjective({
  name: 'margin-triplet',
  summary: 'The positive is to be more similar than each negative, by a margin.',
  options: z.strictObject({
    margin: z
      .number('expected a number >= 0; there is no default: SimCLR tried 0, 0.4, 0.8 and 1.6 on ImageNet')
      .min(0)
      .describe('m: difference of cosine similarities, from 0 to 2; no default'),
    ...negativeOptions,
  }),
  needs: { images: 2, views: 2 },
  check: ({ margin, normalize, semiHard }) =>
    doubts(
      normalize &&
        margin > 2 && {
          code: 'W_MARGIN',
          message: `a margin of ${String(margin)} is more than cosine similarities can differ, 2: every pair misses it, always; papers take 0 to 1.6`,
        },
      margin === 0 &&
        semiHard !== 'none' && {
          code: 'W_MARGIN',
          message: `semiHard: ${semiHard} with a margin of 0: no negative is ever between the positive and the margin, so the loss is 0 and nothing is learnt; give a margin, or semiHard: none`,
        },
    ),
  create: ({ margin, normalize, ...negatives }, context) =>
    contrastiveObjective(
      {
        loss: (u_RD, views, collective) => ({
          loss: marginTriplet(u_RD, { margin, views, normalize: false, collective, ...negatives }),
        }),
        normalize,
        // Under collapse nothing is semi-hard and the loss is 0, its least.
        ...(negatives.semiHard === 'none' && { collapse: { value: margin, formula: 'm' } }),
      },
      context,
    ),
});
