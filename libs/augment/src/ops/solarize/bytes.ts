/** The lowest byte whose value is at or above a threshold in [0, 1]; 256 where there is none. */
export function thresholdByte(threshold: number): number {
  for (let value = 0; value < 256; value++) if (value / 255 >= threshold) return value;
  return 256;
}

/** Inverts bytes at or above the threshold, in place: PIL's `ImageOps.solarize`. @param threshold in [0, 1] */
export function solarizeBytes(pixels: Uint8Array, threshold: number): void {
  const from = thresholdByte(threshold);
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i] as number;
    if (value >= from) pixels[i] = 255 - value;
  }
}
