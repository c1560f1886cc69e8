import { defineAugmenter, type Augmenter, type PixelType, type RgbImage, type Views } from '@tessera/core';
import { z } from 'zod';
import type { Interpolation } from '../resample/resample-weights.ts';
import { resizedCropBytes } from '../resample/resized-crop-bytes.ts';
import { resizedCrop, type CropBox } from '../resample/resized-crop.ts';
import { allocate } from '../pipeline/multi-crop.ts';
import { openBench } from '../workbench/workbench.ts';
import { interpolation, pixels, size } from './options.ts';

/** Where the resized image has so many times the view's pixels, only those of the view are computed: long strips would fill the memory. */
const LARGE = 8;

/** torchvision's `Resize(resize)` then `CenterCrop(size)`; the pixels themselves where nothing is to be done. */
function plainView(
  image: RgbImage,
  size: number,
  resize: number,
  interpolation: Interpolation,
  out: Uint8Array | Float32Array,
): void {
  const short = Math.min(image.width, image.height);
  const width = image.width === short ? resize : Math.floor((resize * image.width) / short);
  const height = image.height === short ? resize : Math.floor((resize * image.height) / short);
  const top = roundHalfToEven((height - size) / 2);
  const left = roundHalfToEven((width - size) / 2);
  if (width * height > LARGE * size * size) {
    const window = { top, left, width: size, height: size };
    if (out instanceof Float32Array) resizedCrop(image, wholeOf(image), height, width, interpolation, out, window);
    else resizedCropBytes(image, wholeOf(image), height, width, interpolation, out, window);
    return;
  }
  const resized = resizedImage(image, width, height, interpolation, out instanceof Float32Array ? 'float32' : 'uint8');
  for (let y = 0; y < size; y++) {
    const from = ((top + y) * width + left) * 3;
    out.set(resized.subarray(from, from + size * 3), y * size * 3);
  }
}

function resizedImage(
  image: RgbImage,
  width: number,
  height: number,
  interpolation: Interpolation,
  type: PixelType,
): Uint8Array | Uint8ClampedArray | Float32Array {
  if (width === image.width && height === image.height) return type === 'uint8' ? image.data : unitFloats(image.data);
  const bench = openBench(image, { type, width, height });
  const resized = bench.canvas(width * height * 3);
  const whole = wholeOf(image);
  if (resized.type === 'float32')
    resized.ops.resizedCrop(bench.source, whole, height, width, interpolation, resized.pixels);
  else resized.ops.resizedCrop(bench.source, whole, height, width, interpolation, resized.pixels);
  return resized.pixels;
}

function wholeOf({ width, height }: RgbImage): CropBox {
  return { top: 0, left: 0, width, height };
}

/** Bytes as floats in [0, 1]: torchvision's `ToTensor`. */
function unitFloats(bytes: RgbImage['data']): Float32Array {
  const floats = new Float32Array(bytes.length);
  for (let i = 0; i < floats.length; i++) floats[i] = (bytes[i] as number) / 255;
  return floats;
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
      const target = out?.[0] ?? allocate(pixelType, size * size * 3);
      plainView(image, size, resize, interpolation, target);
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
