/**
 * Multiplies the saturation in HSV, at most to 1, and clamps to [0, 1], in place: `tf.image.adjust_saturation`. With v = max and
 * s = (v - min) / v, a channel's distance from v is proportional to s, so hue and value stay.
 */
export function hsvSaturation(pixels: Float32Array, factor: number): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const red = pixels[i] as number;
    const green = pixels[i + 1] as number;
    const blue = pixels[i + 2] as number;
    const value = Math.max(red, green, blue);
    const chroma = value - Math.min(red, green, blue);
    if (chroma <= 0 || value <= 0) continue;
    const scale = Math.min(1, (factor * chroma) / value) / (chroma / value);
    for (let channel = 0; channel < 3; channel++) {
      const scaled = value - (value - (pixels[i + channel] as number)) * scale;
      pixels[i + channel] = scaled < 0 ? 0 : scaled > 1 ? 1 : scaled;
    }
  }
}
