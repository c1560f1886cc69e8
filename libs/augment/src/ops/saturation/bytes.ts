import { blendByte } from '../../shared/blend-bytes.ts';
import { lumaByte } from '../../shared/luma-bytes.ts';

/** Blends each pixel with its own gray, in place: PIL's `ImageEnhance.Color`. */
export function saturationBytes(pixels: Uint8Array, factor: number): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const gray = lumaByte(pixels[i] as number, pixels[i + 1] as number, pixels[i + 2] as number);
    for (let channel = i; channel < i + 3; channel++)
      pixels[channel] = blendByte(gray, pixels[channel] as number, factor);
  }
}
