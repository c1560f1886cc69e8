import { z } from 'zod';
import { fillRectangle } from './floats.ts';
import type { CropBox } from '../../resample/resized-crop.ts';
import { defineViewOp } from '../../pipeline/define-view-op.ts';

/** As shares of the side. */
type Centre = readonly [top: number, left: number];

/**
 * Cutout (DeVries and Taylor 2017; SimCLR figure 4g): a square of one value about a centre drawn uniformly from all pixels, cut off at
 * the borders. The paper fills with the data set's mean; that is about 0.5 before mean and std are applied.
 */
export const cutoutOp = defineViewOp({
  name: 'cutout',
  options: z.strictObject({
    side: z
      .number()
      .positive()
      .max(1)
      .default(0.5)
      .describe("the square's side, a share of the view's (16 of 32 pixels)"),
    fill: z.number().min(0).max(1).default(0.5).describe('its value'),
  }),
  create({ side, fill }) {
    const box = (size: number, [top, left]: Centre): CropBox => {
      const length = Math.max(1, Math.round(side * size));
      const start = (share: number): number => Math.floor(share * size) - Math.floor(length / 2);
      return { top: start(top), left: start(left), height: length, width: length };
    };
    return {
      sample: ({ random }): Centre => [random.uniform(), random.uniform()],
      apply: (pixels, size, centre: Centre) => {
        fillRectangle(pixels, size, box(size, centre), fill);
      },
      device: {
        width: 4,
        write: (centre, size, out) => {
          const { top, left, width } = box(size, centre);
          out.set([top, left, width, fill]);
        },
        load: async () => (await import('./device.ts')).cutoutKernel,
      },
    };
  },
});
