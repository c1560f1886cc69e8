/** a * b / 255, rounded, as PIL computes it. */
function product(a: number, b: number): number {
  const scaled = a * b + 128;
  return ((scaled >> 8) + scaled) >> 8;
}

/** Ink to light without a profile, as PIL's `convert('RGB')`: each colour is (255 - ink) (255 - black) / 255. @param channels 4 or more */
export function cmykToRgb(pixels: Uint8Array, channels: number): Uint8Array {
  const count = pixels.length / channels;
  const rgb = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    const light = 255 - (pixels[i * channels + 3] as number);
    for (let channel = 0; channel < 3; channel++)
      rgb[i * 3 + channel] = Math.max(0, light - product(pixels[i * channels + channel] as number, light));
  }
  return rgb;
}
