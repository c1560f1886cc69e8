/** Multiplies by `factor` and clamps to [0, 1], in place: torchvision's `adjust_brightness` (a blend with black). */
export function brightness(pixels: Float32Array, factor: number): void {
  for (let i = 0; i < pixels.length; i++) {
    const value = factor * (pixels[i] as number);
    pixels[i] = value < 0 ? 0 : value > 1 ? 1 : value;
  }
}
