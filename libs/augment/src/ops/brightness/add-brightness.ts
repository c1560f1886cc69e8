/** Adds `delta` and clamps to [0, 1], in place: brightness of SimCLR v1 (`tf.image.random_brightness`). */
export function addBrightness(pixels: Float32Array, delta: number): void {
  for (let i = 0; i < pixels.length; i++) {
    const value = (pixels[i] as number) + delta;
    pixels[i] = value < 0 ? 0 : value > 1 ? 1 : value;
  }
}
