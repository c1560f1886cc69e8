import type { PixelType, ViewSpec } from '@tessera/core';

/** The pixels of a batch: one crop-major [count * B, size, size, C] array a group, all in one buffer. */
export type BatchArrays = readonly (Uint8Array | Float32Array)[];

export function viewLength({ size, channels }: ViewSpec): number {
  return size * size * channels;
}

/** Bytes of one batch. */
export function batchBytes(views: readonly ViewSpec[], pixelType: PixelType, batchSize: number): number {
  const values = views.reduce((sum, spec) => sum + spec.count * batchSize * viewLength(spec), 0);
  return pixelType === 'float32' ? values * 4 : values;
}

/** Looks at a buffer as a batch of up to `batchSize` images; a smaller batch fills the front of each array. */
export function batchArrays(
  buffer: SharedArrayBuffer | ArrayBuffer,
  views: readonly ViewSpec[],
  pixelType: PixelType,
  batchSize: number,
): BatchArrays {
  let offset = 0;
  return views.map((spec) => {
    const length = spec.count * batchSize * viewLength(spec);
    const array =
      pixelType === 'float32' ? new Float32Array(buffer, offset, length) : new Uint8Array(buffer, offset, length);
    offset += array.byteLength;
    return array;
  });
}
