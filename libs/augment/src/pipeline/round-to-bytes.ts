/** Rounds [0, 1] to bytes, half up, clamping what lies outside. */
export function roundToBytes(pixels: Float32Array, out: Uint8Array): void {
  for (let i = 0; i < pixels.length; i++) {
    const value = (pixels[i] as number) * 255 + 0.5;
    out[i] = value < 0 ? 0 : value > 255 ? 255 : value | 0;
  }
}
