/** Mirrors left and right, in place. @param pixels [height, width, 3], interleaved */
export function horizontalFlip(pixels: Float32Array | Uint8Array, width: number): void {
  const rowLength = width * 3;
  for (let row = 0; row < pixels.length; row += rowLength) {
    for (let left = row, right = row + rowLength - 3; left < right; left += 3, right -= 3) {
      for (let channel = 0; channel < 3; channel++) {
        const kept = pixels[left + channel] as number;
        pixels[left + channel] = pixels[right + channel] as number;
        pixels[right + channel] = kept;
      }
    }
  }
}
