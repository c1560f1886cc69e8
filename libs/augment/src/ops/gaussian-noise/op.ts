import { stream, type RandomKey } from '@tessera/core';
import { z } from 'zod';
import { defineViewOp } from '../../pipeline/define-view-op.ts';

/** Adds independent normal noise to every value and clamps (SimCLR figure 4h, which gives no standard deviation). */
export const gaussianNoiseOp = defineViewOp({
  name: 'gaussian-noise',
  options: z.strictObject({
    std: z
      .tuple([z.number().min(0), z.number().min(0)])
      .refine(([low, high]) => low <= high, 'expected [low, high] with low <= high')
      .default([0.02, 0.2])
      .describe('range of the standard deviation; pixels are in [0, 1]'),
  }),
  create: ({ std: [low, high] }) => ({
    // The noise itself is drawn when it is applied: a plan holds its key.
    sample: ({ random }): { readonly std: number; readonly key: RandomKey } => ({
      std: random.uniform(low, high),
      key: [random.word(), random.word()],
    }),
    apply: (pixels, _size, { std, key }: { readonly std: number; readonly key: RandomKey }) => {
      const random = stream(key);
      for (let i = 0; i < pixels.length; i++)
        pixels[i] = Math.min(1, Math.max(0, (pixels[i] as number) + std * random.normal()));
    },
  }),
});
