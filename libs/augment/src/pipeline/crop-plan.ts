import { COUNT, requireNumbers, type RandomStream } from '@tessera/core';
import type { CropBox } from '../resample/resized-crop.ts';

const ATTEMPTS = 10;

/**
 * Draws a box as torchvision's `RandomResizedCrop.get_params`: area fraction uniform, aspect ratio log-uniform, ten attempts, then the
 * largest centred box within the ratios. (TensorFlow's sampler draws ratio and height uniformly: another distribution.)
 * @param scale range of the box's share of the image's AREA, above 0 and at most 1: 0.08 is 28 % of the side
 * @param ratio range of width / height, above 0
 * @throws TesseraError `E_OPTION_INVALID` on any other range, or an image without pixels
 */
export function sampleCrop(
  random: RandomStream,
  width: number,
  height: number,
  scale: readonly [number, number],
  ratio: readonly [number, number],
): CropBox {
  requireNumbers('sampleCrop', { width, height }, COUNT);
  requireRange('scale', scale, 1);
  requireRange('ratio', ratio, Number.MAX_VALUE);
  const logLow = Math.log(ratio[0]);
  const logHigh = Math.log(ratio[1]);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = width * height * random.uniform(scale[0], scale[1]);
    const aspect = Math.exp(random.uniform(logLow, logHigh));
    const boxWidth = Math.round(Math.sqrt(area * aspect));
    const boxHeight = Math.round(Math.sqrt(area / aspect));
    if (boxWidth > 0 && boxWidth <= width && boxHeight > 0 && boxHeight <= height) {
      const top = random.integer(height - boxHeight + 1);
      const left = random.integer(width - boxWidth + 1);
      return { top, left, height: boxHeight, width: boxWidth };
    }
  }
  return centreCrop(width, height, ratio);
}

function requireRange(name: string, [low, high]: readonly [number, number], atMost: number): void {
  requireNumbers('sampleCrop', { [`${name}[1]`]: high }, { above: 0, atMost });
  requireNumbers('sampleCrop', { [`${name}[0]`]: low }, { above: 0, atMost: high });
}

function centreCrop(width: number, height: number, ratio: readonly [number, number]): CropBox {
  let boxWidth = width;
  let boxHeight = height;
  if (width / height < ratio[0]) boxHeight = Math.max(1, Math.min(height, Math.round(width / ratio[0])));
  else if (width / height > ratio[1]) boxWidth = Math.max(1, Math.min(width, Math.round(height * ratio[1])));
  return {
    top: Math.floor((height - boxHeight) / 2),
    left: Math.floor((width - boxWidth) / 2),
    height: boxHeight,
    width: boxWidth,
  };
}
