import { z } from 'zod';
import { addBrightness } from '../ops/add-brightness.ts';
import { brightness } from '../ops/brightness.ts';
import { channelContrast } from '../ops/channel-contrast.ts';
import { contrast } from '../ops/contrast.ts';
import { hsvSaturation } from '../ops/hsv-saturation.ts';
import { hue } from '../ops/hue.ts';
import { saturation } from '../ops/saturation.ts';
import { defineViewOp } from '../pipeline/define-view-op.ts';
import type { ViewOp } from '../pipeline/view-op.ts';
import {
  JITTER_WIDTH,
  jitterRanges,
  sampleJitter,
  writeJitter,
  type JitterOp,
  type JitterPlan,
  type JitterRanges,
} from './jitter-plan.ts';

type PixelOps = Readonly<Record<JitterOp, (pixels: Float32Array, factor: number) => void>>;

/**
 * Whose arithmetic. `torchvision`: brightness multiplies, contrast blends with the mean of the gray image, saturation with the gray
 * image. `google-v2` (google-research/simclr's default): contrast about each channel's own mean, saturation in HSV. `google-v1` (the
 * paper's code): the same, but brightness adds.
 */
export const JITTER_KINDS = ['torchvision', 'google-v1', 'google-v2'] as const;
export type JitterKind = (typeof JITTER_KINDS)[number];

const OPS: Readonly<Record<JitterKind, PixelOps>> = {
  torchvision: { brightness, contrast, saturation, hue },
  'google-v1': { brightness: addBrightness, contrast: channelContrast, saturation: hsvSaturation, hue },
  'google-v2': { brightness, contrast: channelContrast, saturation: hsvSaturation, hue },
};

/** Brightness, contrast, saturation and hue in a random order, clamped to [0, 1] after each. */
export function colourJitter(ranges: JitterRanges, kind: JitterKind): ViewOp<JitterPlan> {
  const ops = OPS[kind];
  return {
    sample: ({ random }) => sampleJitter(random, ranges, kind === 'google-v1'),
    apply: (pixels, _size, drawn) => {
      for (const [op, factor] of drawn) ops[op](pixels, factor);
    },
    device: {
      width: JITTER_WIDTH,
      write: (drawn, _size, out) => {
        writeJitter(drawn, out);
      },
      load: async () => (await import('../device/colour-jitter.ts')).jitterKernel(kind),
    },
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
