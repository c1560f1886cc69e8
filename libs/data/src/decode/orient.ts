import type { RgbImage } from '@tessera/core';

/**
 * Turns and mirrors an image so that it stands upright. EXIF's orientation says where the first row and the first column of what is stored belong:
 * 1 top left, 2 top right, 3 bottom right, 4 bottom left, and with rows for columns 5 left top, 6 right top, 7 right bottom, 8 left bottom.
 * @param orientation 1 to 8 @returns the image itself for 1
 */
export function orient(image: RgbImage, orientation: number): RgbImage {
  if (orientation === 1) return image;
  const { width, height, data } = image;
  const swapped = orientation >= 5;
  const [outWidth, outHeight] = swapped ? [height, width] : [width, height];
  const fromRight = [2, 3, 6, 7].includes(orientation);
  const fromBottom = [3, 4, 7, 8].includes(orientation);
  const out = new Uint8Array(data.length);
  let to = 0;
  for (let y = 0; y < outHeight; y++) {
    const line = fromBottom ? outHeight - 1 - y : y;
    for (let x = 0; x < outWidth; x++) {
      const place = fromRight ? outWidth - 1 - x : x;
      const from = 3 * (swapped ? place * width + line : line * width + place);
      out[to++] = data[from] as number;
      out[to++] = data[from + 1] as number;
      out[to++] = data[from + 2] as number;
    }
  }
  return { width: outWidth, height: outHeight, data: out };
}
