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

/**
 * Closes the gaps that left-out rows leave, in place, for each view.
 * @param batchSize rows the arrays were filled for @returns the rows that are left, in order; they now fill the front
 */
export function dropRows(
  arrays: BatchArrays,
  views: readonly ViewSpec[],
  batchSize: number,
  dropped: ReadonlySet<number>,
): readonly number[] {
  const kept = Array.from({ length: batchSize }, (_, row) => row).filter((row) => !dropped.has(row));
  if (kept.length === batchSize) return kept;
  views.forEach((spec, group) => {
    const length = viewLength(spec);
    let to = 0;
    // Rows only move towards the front, in order: none is overwritten before it moved.
    for (let view = 0; view < spec.count; view++)
      for (const row of kept) {
        const from = (view * batchSize + row) * length;
        arrays[group]?.copyWithin(to, from, from + length);
        to += length;
      }
  });
  return kept;
}
