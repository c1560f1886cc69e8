import { z } from 'zod';

/** Options that the objectives `nt-logistic` and `margin-triplet` share. */
export const negativeOptions = {
  normalize: z.boolean().default(true).describe('divide embeddings by their length first (cosine similarity)'),
  negatives: z
    .enum(['all', 'otherView'])
    .default('all')
    .describe("all views of all other images, or other images in the positive's view only"),
  semiHard: z
    .enum(['none', 'all', 'nearest'])
    .default('none')
    .describe('all negatives count; or those less similar than the positive; or the nearest of these alone'),
};
