import { defineAugmenter } from '@tessera/core';
import { z } from 'zod';
import { multiCrop } from '../pipeline/multi-crop.ts';
import { colourDoubts } from './doubts.ts';
import { colourOptions, cropScale, interpolation, size } from './options.ts';
import { simclrView } from './simclr-view.ts';

const crop = z.strictObject({
  count: z.int().min(1).max(64).describe('views of this kind per image'),
  size,
  scale: cropScale,
});

/**
 * SwAV's multi-crop (Caron et al. 2020, section 3.3; facebookresearch/swav multicropdataset.py): groups of crops of different sizes with
 * the same colour distortion. The first group's crops are the ones that get codes. Differs from the reference: no mean/std here.
 */
export const swavAugmenter = defineAugmenter({
  name: 'swav',
  summary: "SwAV's multi-crop: a few large views and several small ones",
  options: z.strictObject({
    crops: z
      .array(crop)
      .min(1)
      .default([
        { count: 2, size: 224, scale: [0.14, 1] },
        { count: 6, size: 96, scale: [0.05, 0.14] },
      ])
      .describe('groups of crops, large ones first'),
    interpolation: interpolation.default('bilinear'),
    ...colourOptions,
  }),
  check: colourDoubts,
  create: ({ crops, interpolation, pixels, ...colour }) =>
    multiCrop(
      crops.map(({ count, size, scale }) => ({ count, view: simclrView({ size, scale, interpolation }, colour) })),
      pixels,
    ),
});
