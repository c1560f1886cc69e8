/**
 * PIL's `Image.blend` of one value with another, for alpha inside and outside of [0, 1]: float32 arithmetic, truncated, clamped. 0 gives
 * the base, 1 the value.
 */
export function blendByte(base: number, value: number, alpha: number): number {
  const mixed = Math.fround(base + Math.fround(Math.fround(alpha) * (value - base)));
  return mixed <= 0 ? 0 : mixed >= 255 ? 255 : Math.trunc(mixed);
}

/** Blends every byte with one base, in place. */
export function blendBytes(pixels: Uint8Array, base: number, alpha: number): void {
  const table = Uint8Array.from({ length: 256 }, (_, value) => blendByte(base, value, alpha));
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[pixels[i] as number] as number;
}
