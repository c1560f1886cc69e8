import { z } from 'zod';
import { noNumbers } from '../../pipeline/device-form.ts';
import { defineViewOp } from '../../pipeline/define-view-op.ts';
import { pixelOp } from '../../pipeline/view-op.ts';

/** Mirrors left and right. */
export const flip = pixelOp<true>({
  name: 'horizontal-flip',
  sample: () => true,
  apply: (pixels, size, _drawn, ops) => {
    ops.horizontalFlip(pixels, size);
  },
  device: { ...noNumbers, load: async () => (await import('./device.ts')).flipKernel },
});

export const horizontalFlipOp = defineViewOp({
  name: 'horizontal-flip',
  options: z.strictObject({}),
  create: () => flip,
});
