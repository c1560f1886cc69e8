import { z } from 'zod';
import { noNumbers } from '../../pipeline/device-form.ts';
import { defineViewOp } from '../../pipeline/define-view-op.ts';
import { pixelOp } from '../../pipeline/view-op.ts';

/** Drops the colour, keeping three equal channels. */
export const dropColour = pixelOp<true>({
  name: 'grayscale',
  sample: () => true,
  apply: (pixels, _size, _drawn, ops) => {
    ops.grayscale(pixels);
  },
  device: { ...noNumbers, load: async () => (await import('./device.ts')).grayscaleKernel },
});

export const grayscaleOp = defineViewOp({ name: 'grayscale', options: z.strictObject({}), create: () => dropColour });
