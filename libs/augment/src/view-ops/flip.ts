import { z } from 'zod';
import { horizontalFlip } from '../ops/horizontal-flip.ts';
import { noNumbers } from '../pipeline/device-form.ts';
import { defineViewOp } from '../pipeline/define-view-op.ts';
import type { ViewOp } from '../pipeline/view-op.ts';

/** Mirrors left and right. */
export const flip: ViewOp<true> = {
  sample: () => true,
  apply: (pixels, size) => {
    horizontalFlip(pixels, size);
  },
  device: { ...noNumbers, load: async () => (await import('../device/flip.ts')).flipKernel },
};

export const horizontalFlipOp = defineViewOp({
  name: 'horizontal-flip',
  options: z.strictObject({}),
  create: () => flip,
});
