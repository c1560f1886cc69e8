import { defineAugmenter } from '@tessera/core';
import { z } from 'zod';
import { jitterRanges } from '../view/jitter-plan.ts';
import { multiCrop } from '../view/multi-crop.ts';
import { colourOptions, cropScale, interpolation, size } from './options.ts';

/**
 * SimCLR's views (Chen et al. 2020, appendix A; google-research/simclr data_util.py): crop and resize, flip, colour jitter, grayscale,
 * blur, in this order; no mean/std. Defaults are the ImageNet ones; CIFAR: `size: 32, strength: 0.5, blur: none`.
 * Differs from the reference: torchvision's box and colour distributions, contrast about the gray mean, a sigma per view and not per batch.
 */
export const simclrAugmenter = defineAugmenter({
  name: 'simclr',
  summary: "SimCLR's random views: crop, flip, colour jitter, grayscale, blur",
  options: z.strictObject({
    size: size.default(224),
    views: z.int().min(1).max(64).default(2).describe('views per image'),
    cropScale: cropScale.default([0.08, 1]),
    interpolation: interpolation.default('bicubic'),
    ...colourOptions,
  }),
  create: ({ views, strength, pixels, ...view }) =>
    multiCrop([{ ...view, count: views, jitter: jitterRanges(strength) }], pixels),
});
