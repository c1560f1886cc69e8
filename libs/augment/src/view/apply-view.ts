import type { RgbImage } from '@tessera/core';
import { brightness } from '../ops/brightness.ts';
import { contrast } from '../ops/contrast.ts';
import { gaussianBlur, simclrKernelSize } from '../ops/gaussian-blur.ts';
import { grayscale } from '../ops/grayscale.ts';
import { horizontalFlip } from '../ops/horizontal-flip.ts';
import { hue } from '../ops/hue.ts';
import { pilBlur } from '../ops/pil-blur.ts';
import { resizedCrop } from '../ops/resized-crop.ts';
import { saturation } from '../ops/saturation.ts';
import type { JitterOp } from './jitter-plan.ts';
import type { ViewOptions, ViewPlan } from './view-plan.ts';

const JITTER: Readonly<Record<JitterOp, (pixels: Float32Array, factor: number) => void>> = {
  brightness,
  contrast,
  saturation,
  hue,
};

/** Computes one view. @param out [size, size, 3], interleaved, nominally in [0, 1] */
export function applyView(image: RgbImage, plan: ViewPlan, options: ViewOptions, out: Float32Array): void {
  const { size } = options;
  resizedCrop(image, plan.crop, size, size, options.interpolation, out);
  if (plan.flip) horizontalFlip(out, size);
  for (const [op, factor] of plan.jitter) JITTER[op](out, factor);
  if (plan.grayscale) grayscale(out);
  if (plan.blurSigma === null) return;
  if (options.blur === 'pil') pilBlur(out, size, plan.blurSigma);
  else gaussianBlur(out, size, simclrKernelSize(size), plan.blurSigma);
}
