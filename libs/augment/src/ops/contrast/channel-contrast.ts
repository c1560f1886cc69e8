/** Scales each channel's distance from its own mean and clamps to [0, 1], in place: `tf.image.adjust_contrast`. */
export function channelContrast(pixels: Float32Array, factor: number): void {
  const count = pixels.length / 3;
  for (let channel = 0; channel < 3; channel++) {
    let sum = 0;
    for (let i = channel; i < pixels.length; i += 3) sum += pixels[i] as number;
    const offset = (1 - factor) * (sum / count);
    for (let i = channel; i < pixels.length; i += 3) {
      const value = factor * (pixels[i] as number) + offset;
      pixels[i] = value < 0 ? 0 : value > 1 ? 1 : value;
    }
  }
}
