import { z } from 'zod';
import { solarize } from '../ops/solarize.ts';
import { defineViewOp } from '../pipeline/define-view-op.ts';

/** Inverts bright values (BYOL; neither SimCLR nor SwAV). */
export const solarizeOp = defineViewOp({
  name: 'solarize',
  options: z.strictObject({
    threshold: z
      .number()
      .min(0)
      .max(1)
      .default(128 / 255)
      .describe('values from here on are inverted'),
  }),
  create: ({ threshold }) => ({
    sample: () => true,
    apply: (pixels) => {
      solarize(pixels, threshold);
    },
  }),
});
