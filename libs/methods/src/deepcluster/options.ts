import { z } from 'zod';

/** Options of the `deepcluster-v2` objective. Defaults are facebookresearch/swav main_deepclusterv2.py's. */
export const deepClusterOptions = z.strictObject({
  clusters: z
    .array(z.int().min(2))
    .min(1)
    .describe(
      'K of each clustering, one classifier each (3000, 3000, 3000 on ImageNet); no default: at most the number of images',
    ),
  temperature: z.number().positive().default(0.1).describe('tau of the predictions; > 0'),
  iterations: z.int().min(1).default(10).describe('rounds of k-means an epoch'),
});

export type DeepClusterOptions = z.output<typeof deepClusterOptions>;
