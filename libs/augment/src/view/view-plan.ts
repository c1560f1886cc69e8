import type { RandomStream } from '@tessera/core';
import { sampleCrop } from './crop-plan.ts';
import { sampleJitter, type JitterPlan, type JitterRanges } from './jitter-plan.ts';
import type { Interpolation } from '../ops/resample-weights.ts';

/** `pil`: PIL's extended box, sigma = its radius; `gaussian-reflect`: torchvision's sampled kernel of a tenth of the side. */
export type BlurKind = 'none' | 'pil' | 'gaussian-reflect';

/** The distribution that one group of views is drawn from. */
export interface ViewOptions {
  /** Side of the view in pixels. */
  readonly size: number;
  readonly cropScale: readonly [number, number];
  readonly cropRatio: readonly [number, number];
  readonly interpolation: Interpolation;
  readonly flipProbability: number;
  readonly jitter: JitterRanges;
  readonly jitterProbability: number;
  readonly grayscaleProbability: number;
  readonly blur: BlurKind;
  readonly blurProbability: number;
  /** Range of the standard deviation, pixels of the finished view. */
  readonly blurSigma: readonly [number, number];
}

/** The draws of one view: plain JSON. A type, not an interface, so that it is assignable to Json. */
export type ViewPlan = {
  readonly crop: { readonly top: number; readonly left: number; readonly height: number; readonly width: number };
  readonly flip: boolean;
  /** Ops in the order they are applied; empty: none. */
  readonly jitter: JitterPlan;
  readonly grayscale: boolean;
  /** Standard deviation in pixels, null: no blur. */
  readonly blurSigma: number | null;
};

/** Draws a view. The ops are applied in the order of the fields: crop, flip, jitter, grayscale, blur. */
export function sampleView(random: RandomStream, options: ViewOptions, width: number, height: number): ViewPlan {
  const crop = sampleCrop(random, width, height, options.cropScale, options.cropRatio);
  const flip = random.bernoulli(options.flipProbability);
  const jitter = random.bernoulli(options.jitterProbability) ? sampleJitter(random, options.jitter) : [];
  const grayscale = random.bernoulli(options.grayscaleProbability);
  const blurred = options.blur !== 'none' && random.bernoulli(options.blurProbability);
  return {
    crop: { top: crop.top, left: crop.left, height: crop.height, width: crop.width },
    flip,
    jitter,
    grayscale,
    blurSigma: blurred ? random.uniform(options.blurSigma[0], options.blurSigma[1]) : null,
  };
}
