import type { z } from 'zod';
import { sometimes } from '../pipeline/view-op.ts';
import type { ViewRecipe } from '../pipeline/view-recipe.ts';
import { blur } from '../ops/gaussian-blur/op.ts';
import { colourJitter } from '../ops/colour-jitter/op.ts';
import { flip } from '../ops/horizontal-flip/op.ts';
import { dropColour } from '../ops/grayscale/op.ts';
import { jitterRanges } from '../ops/colour-jitter/plan.ts';
import { solarizeOp } from '../ops/solarize/op.ts';
import type { colourOptions } from './options.ts';

type ColourOptions = { readonly [K in keyof typeof colourOptions]: z.output<(typeof colourOptions)[K]> };

/** SimCLR's view: crop and resize, flip, colour jitter, grayscale, blur (solarize), in this order. SwAV's crops are the same. */
export function simclrView(
  crop: Pick<ViewRecipe, 'size' | 'interpolation'> & { readonly scale: readonly [number, number] },
  options: Omit<ColourOptions, 'pixels'>,
): ViewRecipe {
  const { cropRatio, flipProbability, strength, jitter, jitterProbability, grayscaleProbability } = options;
  return {
    size: crop.size,
    crop: { scale: crop.scale, ratio: cropRatio },
    interpolation: crop.interpolation,
    ops: [
      sometimes(flipProbability, flip),
      sometimes(jitterProbability, colourJitter(jitterRanges(strength), jitter)),
      sometimes(grayscaleProbability, dropColour),
      ...(options.blur === 'none' ? [] : [sometimes(options.blurProbability, blur(options.blur, options.blurSigma))]),
      // Left out, not drawn with probability 0, so that switching it on is the only thing that changes draws.
      ...(options.solarizeProbability === 0
        ? []
        : [solarizeOp.build(solarizeOp.entry.parse({ name: 'solarize', probability: options.solarizeProbability }))]),
    ],
  };
}
