import { lumaByte } from '../../shared/luma-bytes.ts';

/** Replaces all three channels by the gray value, in place: PIL's `convert('L')`, three times. */
export function grayscaleBytes(pixels: Uint8Array): void {
  for (let i = 0; i < pixels.length; i += 3)
    pixels.fill(lumaByte(pixels[i] as number, pixels[i + 1] as number, pixels[i + 2] as number), i, i + 3);
}
