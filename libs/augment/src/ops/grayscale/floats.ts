import { LUMA_BLUE, LUMA_GREEN, LUMA_RED } from '../../shared/luma.ts';

/** Replaces all three channels by the gray value, in place: torchvision's `rgb_to_grayscale(..., 3)`. */
export function grayscale(pixels: Float32Array): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const gray =
      LUMA_RED * (pixels[i] as number) + LUMA_GREEN * (pixels[i + 1] as number) + LUMA_BLUE * (pixels[i + 2] as number);
    pixels[i] = gray;
    pixels[i + 1] = gray;
    pixels[i + 2] = gray;
  }
}
