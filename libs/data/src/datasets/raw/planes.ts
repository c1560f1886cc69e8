import type { RgbImage } from '@tessera/core';

/** Planes of red, green and blue, each row by row (CIFAR): interleaved. */
export function fromPlanes(planes: Uint8Array, width: number, height: number): RgbImage {
  const count = width * height;
  const data = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    data[3 * i] = planes[i] ?? 0;
    data[3 * i + 1] = planes[count + i] ?? 0;
    data[3 * i + 2] = planes[2 * count + i] ?? 0;
  }
  return { width, height, data };
}

/** Planes of red, green and blue, each column by column (STL-10, made with MATLAB): interleaved, row by row. */
export function fromColumnPlanes(planes: Uint8Array, width: number, height: number): RgbImage {
  const count = width * height;
  const data = new Uint8Array(count * 3);
  for (let channel = 0; channel < 3; channel++) {
    for (let x = 0; x < width; x++) {
      const column = channel * count + x * height;
      for (let y = 0; y < height; y++) data[3 * (y * width + x) + channel] = planes[column + y] ?? 0;
    }
  }
  return { width, height, data };
}

/** Gray, row by row (or column by column where `transposed`, as in EMNIST): repeated in red, green and blue. */
export function fromGray(gray: Uint8Array, width: number, height: number, transposed = false): RgbImage {
  const data = new Uint8Array(gray.length * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = gray[transposed ? x * height + y : y * width + x] ?? 0;
      data.fill(value, 3 * (y * width + x), 3 * (y * width + x) + 3);
    }
  }
  return { width, height, data };
}
