import { defineAugmenter, type Augmenter, type PixelType, type RgbImage, type Views } from '@tessera/core';
import { z } from 'zod';
import { resizedCrop } from '../ops/resized-crop.ts';
import type { Interpolation } from '../ops/resample-weights.ts';
import { allocate } from '../pipeline/multi-crop.ts';
import { roundToBytes } from '../pipeline/round-to-bytes.ts';
import { interpolation, pixels, size } from './options.ts';

/** torchvision's `Resize(resize)` then `CenterCrop(size)`; the pixels themselves where nothing is to be done. */
function plainView(image: RgbImage, size: number, resize: number, interpolation: Interpolation): Float32Array {
  const short = Math.min(image.width, image.height);
  const width = image.width === short ? resize : Math.floor((resize * image.width) / short);
  const height = image.height === short ? resize : Math.floor((resize * image.height) / short);
  const resized = new Float32Array(width * height * 3);
  if (width === image.width && height === image.height)
    for (let i = 0; i < resized.length; i++) resized[i] = (image.data[i] as number) / 255;
  else
    resizedCrop(
      image,
      { top: 0, left: 0, width: image.width, height: image.height },
      height,
      width,
      interpolation,
      resized,
    );
  if (width === size && height === size) return resized;
  const top = roundHalfToEven((height - size) / 2);
  const left = roundHalfToEven((width - size) / 2);
  const view = new Float32Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    const from = ((top + y) * width + left) * 3;
    view.set(resized.subarray(from, from + size * 3), y * size * 3);
  }
  return view;
}

/** Python's `round`, which CenterCrop uses: 0.5 and 2.5 go down, 1.5 and 3.5 up. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

function plain(size: number, resize: number, interpolation: Interpolation, pixelType: PixelType): Augmenter {
  return {
    views: [{ count: 1, size, channels: 3 }],
    pixelType,
    sample: () => null,
    apply(image, _plan, out): Views {
      const view = plainView(image, size, resize, interpolation);
      const target = out?.[0] ?? allocate(pixelType, view.length);
      if (target instanceof Float32Array) target.set(view);
      else roundToBytes(view, target);
      return [target];
    },
  };
}

/** The evaluation transform: resize the short side, cut the centre, no randomness. */
export const plainAugmenter = defineAugmenter({
  name: 'plain',
  summary: 'The evaluation transform: resize the short side and cut the centre; images of that size stay as they are',
  options: z
    .strictObject({
      size: size.default(224),
      resize: size
        .optional()
        .describe(
          'length of the short side before the centre is cut, pixels; default: size (ImageNet custom: 256 for 224)',
        ),
      interpolation: interpolation.default('bilinear'),
      pixels: pixels.default('float32'),
    })
    .refine(({ size, resize = size }) => resize >= size, { path: ['resize'], message: 'expected at least `size`' }),
  create: ({ size, resize = size, interpolation, pixels }) => plain(size, resize, interpolation, pixels),
});
