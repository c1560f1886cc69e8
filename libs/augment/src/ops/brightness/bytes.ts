import { blendBytes } from '../../shared/blend-bytes.ts';

/** Blends with black, in place: PIL's `ImageEnhance.Brightness`. */
export function brightnessBytes(pixels: Uint8Array, factor: number): void {
  blendBytes(pixels, 0, factor);
}
