import { defineAugmenter } from '@tessera/core';
import { z } from 'zod';
import { multiCrop } from '../pipeline/multi-crop.ts';
import { colourDoubts } from './doubts.ts';
import { colourOptions, cropScale, interpolation, size } from './options.ts';
import { simclrView } from './simclr-view.ts';

/**
 * SimCLR's views (Chen et al. 2020, appendix A; google-research/simclr data_util.py): crop and resize, flip, colour jitter, grayscale,
 * blur, in this order; no mean/std. Defaults are the ImageNet ones; CIFAR: `size: 32, strength: 0.5, blur: none`.
 * `jitter: google-v1 | google-v2` and `blur: gaussian-zero` are the reference's arithmetic; the box is drawn as torchvision draws it.
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
  check: colourDoubts,
  create: ({ size, views, cropScale, interpolation, pixels, ...colour }) =>
    multiCrop([{ count: views, view: simclrView({ size, scale: cropScale, interpolation }, colour) }], pixels),
});
