import { z } from 'zod';
import { grayscale } from '../ops/grayscale.ts';
import { noNumbers } from '../pipeline/device-form.ts';
import { defineViewOp } from '../pipeline/define-view-op.ts';
import type { ViewOp } from '../pipeline/view-op.ts';

/** Drops the colour, keeping three equal channels. */
export const dropColour: ViewOp<true> = {
  sample: () => true,
  apply: (pixels) => {
    grayscale(pixels);
  },
  device: { ...noNumbers, load: async () => (await import('../device/grayscale.ts')).grayscaleKernel },
};

export const grayscaleOp = defineViewOp({ name: 'grayscale', options: z.strictObject({}), create: () => dropColour });
