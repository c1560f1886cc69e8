import { z } from 'zod';
import { addBrightness } from '../brightness/add-brightness.ts';
import { channelContrast } from '../contrast/channel-contrast.ts';
import { hsvSaturation } from '../saturation/hsv-saturation.ts';
import { defineViewOp } from '../../pipeline/define-view-op.ts';
import type { DeviceForm } from '../../pipeline/device-form.ts';
import { pixelOp, type ViewOp } from '../../pipeline/view-op.ts';
import type { PixelOps } from '../pixel-ops.ts';
import { JITTER_WIDTH, jitterRanges, sampleJitter, writeJitter, type JitterPlan, type JitterRanges } from './plan.ts';

/**
 * Whose arithmetic. `torchvision`: brightness multiplies, contrast blends with the mean of the gray image, saturation with the gray
 * image. `google-v2` (google-research/simclr's default): contrast about each channel's own mean, saturation in HSV. `google-v1` (the
 * paper's code): the same, but brightness adds.
 */
export const JITTER_KINDS = ['torchvision', 'google-v1', 'google-v2'] as const;
export type JitterKind = (typeof JITTER_KINDS)[number];

/** google-research/simclr's ops, which know floats only. */
function applyGoogle(pixels: Float32Array, drawn: JitterPlan, kind: JitterKind, ops: PixelOps<Float32Array>): void {
  for (const [op, factor] of drawn) {
    if (op === 'contrast') channelContrast(pixels, factor);
    else if (op === 'saturation') hsvSaturation(pixels, factor);
    else if (op === 'brightness' && kind === 'google-v1') addBrightness(pixels, factor);
    else ops[op](pixels, factor);
  }
}

/** Brightness, contrast, saturation and hue in a random order, clamped to the pixels' range after each. */
export function colourJitter(ranges: JitterRanges, kind: JitterKind): ViewOp<JitterPlan> {
  const device: DeviceForm<JitterPlan> = {
    width: JITTER_WIDTH,
    write: (drawn, _size, out) => {
      writeJitter(drawn, out);
    },
    load: async () => (await import('./device.ts')).jitterKernel(kind),
  };
  const sample: ViewOp<JitterPlan>['sample'] = ({ random }) => sampleJitter(random, ranges, kind === 'google-v1');
  if (kind === 'torchvision')
    return pixelOp({
      name: 'colour-jitter',
      sample,
      apply: (pixels, _size, drawn, ops) => {
        for (const [op, factor] of drawn) ops[op](pixels, factor);
      },
      device,
    });
  return {
    name: 'colour-jitter',
    sample,
    apply: (pixels, _size, drawn, ops) => {
      applyGoogle(pixels, drawn, kind, ops);
    },
    device,
  };
}

const range = z.number().min(0).max(2.5);

export const colourJitterOp = defineViewOp({
  name: 'colour-jitter',
  options: z.strictObject({
    strength: range.default(1).describe('s: brightness, contrast, saturation 0.8s, hue 0.2s where they are not given'),
    brightness: range.optional(),
    contrast: range.optional(),
    saturation: range.optional(),
    hue: z.number().min(0).max(0.5).optional().describe('turns of the hue circle'),
    kind: z.enum(JITTER_KINDS).default('torchvision').describe('whose arithmetic'),
  }),
  create({ strength, kind, brightness, contrast, saturation, hue }) {
    const scaled = jitterRanges(strength);
    return colourJitter(
      {
        brightness: brightness ?? scaled.brightness,
        contrast: contrast ?? scaled.contrast,
        saturation: saturation ?? scaled.saturation,
        hue: hue ?? scaled.hue,
      },
      kind,
    );
  },
});
