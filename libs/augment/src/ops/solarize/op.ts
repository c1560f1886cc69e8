import { z } from 'zod';
import { defineViewOp } from '../../pipeline/define-view-op.ts';
import { pixelOp } from '../../pipeline/view-op.ts';

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
  create: ({ threshold }) =>
    pixelOp<true>({
      sample: () => true,
      apply: (pixels, _size, _drawn, ops) => {
        ops.solarize(pixels, threshold);
      },
      device: {
        width: 1,
        write: (_drawn, _size, out) => {
          out[0] = float32From(threshold);
        },
        load: async () => (await import('./device.ts')).solarizeKernel,
      },
    }),
});

/** The smallest float32 that is not below a value: float32 pixels reach the one where they reach the other. */
function float32From(value: number): number {
  const nearest = Math.fround(value);
  if (nearest >= value || value <= 0) return nearest;
  const bits = new Uint32Array(Float32Array.of(nearest).buffer);
  bits[0] = (bits[0] ?? 0) + 1;
  return new Float32Array(bits.buffer)[0] ?? nearest;
}
