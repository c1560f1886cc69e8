import { LUMA_BLUE, LUMA_GREEN, LUMA_RED } from '../../shared/luma.ts';

/**
 * Blends with the mean of the gray image and clamps to [0, 1], in place: torchvision's `adjust_contrast`. TensorFlow's op of that name
 * blends each channel with its own mean and is another op.
 */
export function contrast(pixels: Float32Array, factor: number): void {
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 3) {
    sum +=
      LUMA_RED * (pixels[i] as number) + LUMA_GREEN * (pixels[i + 1] as number) + LUMA_BLUE * (pixels[i + 2] as number);
  }
  const offset = (1 - factor) * (sum / (pixels.length / 3));
  for (let i = 0; i < pixels.length; i++) {
    const value = factor * (pixels[i] as number) + offset;
    pixels[i] = value < 0 ? 0 : value > 1 ? 1 : value;
  }
}
