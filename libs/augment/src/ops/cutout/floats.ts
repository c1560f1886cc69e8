import type { CropBox } from '../../resample/resized-crop.ts';

/** Sets a rectangle to one value, in place; what lies outside the image is left out. @param pixels [height, width, 3] */
export function fillRectangle(pixels: Float32Array, width: number, box: CropBox, value: number): void {
  const height = pixels.length / (width * 3);
  const left = Math.max(0, box.left);
  const right = Math.min(width, box.left + box.width);
  for (let y = Math.max(0, box.top); y < Math.min(height, box.top + box.height); y++)
    pixels.fill(value, (y * width + left) * 3, (y * width + Math.max(left, right)) * 3);
}
