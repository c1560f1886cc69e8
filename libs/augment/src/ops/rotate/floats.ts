let turned = new Float32Array(0);

/** Turns a square counter-clockwise by quarters, in place: `np.rot90`. @param pixels [size, size, 3], interleaved */
export function rotateQuarters(pixels: Float32Array, size: number, quarters: number): void {
  const turns = ((quarters % 4) + 4) % 4;
  if (turns === 0) return;
  if (turned.length < pixels.length) turned = new Float32Array(pixels.length);
  const last = size - 1;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const fromY = turns === 1 ? x : turns === 2 ? last - y : last - x;
      const fromX = turns === 1 ? last - y : turns === 2 ? last - x : y;
      const to = (y * size + x) * 3;
      const from = (fromY * size + fromX) * 3;
      for (let channel = 0; channel < 3; channel++) turned[to + channel] = pixels[from + channel] as number;
    }
  }
  pixels.set(turned.subarray(0, pixels.length));
}
