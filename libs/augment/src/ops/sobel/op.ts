import { z } from 'zod';
import { sobel } from './floats.ts';
import { noNumbers } from '../../pipeline/device-form.ts';
import { defineViewOp } from '../../pipeline/define-view-op.ts';

/** Edges instead of colours (SimCLR figure 4j). */
export const sobelOp = defineViewOp({
  name: 'sobel',
  options: z.strictObject({}),
  create: () => ({
    sample: () => true,
    apply: (pixels, size) => {
      sobel(pixels, size);
    },
    device: { ...noNumbers, load: async () => (await import('./device.ts')).sobelKernel },
  }),
});
