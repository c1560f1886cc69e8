import { LUMA_BLUE, LUMA_GREEN, LUMA_RED } from '../../shared/luma.ts';

/** Blends each pixel with its own gray and clamps to [0, 1], in place: torchvision's `adjust_saturation`. */
export function saturation(pixels: Float32Array, factor: number): void {
  const rest = 1 - factor;
  for (let i = 0; i < pixels.length; i += 3) {
    const red = pixels[i] as number;
    const green = pixels[i + 1] as number;
    const blue = pixels[i + 2] as number;
    const gray = rest * (LUMA_RED * red + LUMA_GREEN * green + LUMA_BLUE * blue);
    const r = factor * red + gray;
    const g = factor * green + gray;
    const b = factor * blue + gray;
    pixels[i] = r < 0 ? 0 : r > 1 ? 1 : r;
    pixels[i + 1] = g < 0 ? 0 : g > 1 ? 1 : g;
    pixels[i + 2] = b < 0 ? 0 : b > 1 ? 1 : b;
  }
}
