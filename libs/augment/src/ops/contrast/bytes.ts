import { blendBytes } from '../../shared/blend-bytes.ts';
import { lumaByte } from '../../shared/luma-bytes.ts';

/** Blends with the rounded mean of the gray image, in place: PIL's `ImageEnhance.Contrast`. */
export function contrastBytes(pixels: Uint8Array, factor: number): void {
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 3)
    sum += lumaByte(pixels[i] as number, pixels[i + 1] as number, pixels[i + 2] as number);
  blendBytes(pixels, Math.floor(sum / (pixels.length / 3) + 0.5), factor);
}
