/** Inverts values at or above the threshold, in place: torchvision's `solarize` on floats. */
export function solarize(pixels: Float32Array, threshold: number): void {
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i] as number;
    if (value >= threshold) pixels[i] = 1 - value;
  }
}
