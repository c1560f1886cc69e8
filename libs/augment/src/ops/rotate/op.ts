import { z } from 'zod';
import { rotateQuarters } from './floats.ts';
import { defineViewOp } from '../../pipeline/define-view-op.ts';

/** A turn by 90, 180 or 270 degrees, each as likely (SimCLR figure 4f). */
export const rotateOp = defineViewOp({
  name: 'rotate',
  options: z.strictObject({
    degrees: z
      .array(z.union([z.literal(90), z.literal(180), z.literal(270)]))
      .min(1)
      .default([90, 180, 270])
      .describe('turns to choose from, counter-clockwise'),
  }),
  create: ({ degrees }) => ({
    sample: ({ random }) => degrees[random.integer(degrees.length)] ?? null,
    apply: (pixels, size, drawn: number) => {
      rotateQuarters(pixels, size, drawn / 90);
    },
    device: {
      width: 1,
      write: (drawn, _size, out) => {
        out[0] = drawn / 90;
      },
      load: async () => (await import('./device.ts')).rotateKernel,
    },
  }),
});
