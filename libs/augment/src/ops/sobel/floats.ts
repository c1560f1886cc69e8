let source = new Float32Array(0);

/**
 * The magnitude of the Sobel gradient of every channel, clamped to [0, 1], in place: sqrt(dx^2 + dy^2) of `tf.image.sobel_edges`, whose
 * borders are mirrored without repeating the edge.
 * @param pixels [height, width, 3], interleaved
 */
export function sobel(pixels: Float32Array, width: number): void {
  const height = pixels.length / (width * 3);
  if (source.length < pixels.length) source = new Float32Array(pixels.length);
  source.set(pixels);
  const at = (y: number, x: number, channel: number): number =>
    source[(mirror(y, height) * width + mirror(x, width)) * 3 + channel] as number;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const right = at(y - 1, x + 1, c) + 2 * at(y, x + 1, c) + at(y + 1, x + 1, c);
        const left = at(y - 1, x - 1, c) + 2 * at(y, x - 1, c) + at(y + 1, x - 1, c);
        const below = at(y + 1, x - 1, c) + 2 * at(y + 1, x, c) + at(y + 1, x + 1, c);
        const above = at(y - 1, x - 1, c) + 2 * at(y - 1, x, c) + at(y - 1, x + 1, c);
        pixels[(y * width + x) * 3 + c] = Math.min(1, Math.hypot(right - left, below - above));
      }
    }
  }
}

function mirror(index: number, count: number): number {
  if (count === 1) return 0;
  return index < 0 ? -index : index >= count ? 2 * count - 2 - index : index;
}
