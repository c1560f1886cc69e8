import type { Plane } from './planes.ts';

/** What a batch holds: one crop-major [count * B, length] array a plane, all in one buffer. */
export type BatchArrays = readonly (Uint8Array | Float32Array)[];

/** Bytes of one batch. */
export function batchBytes(planes: readonly Plane[], batchSize: number): number {
  return offsets(planes, batchSize).end;
}

/** Looks at a buffer as a batch of up to `batchSize` images; a smaller batch fills the front of each array. */
export function batchArrays(
  buffer: SharedArrayBuffer | ArrayBuffer,
  planes: readonly Plane[],
  batchSize: number,
): BatchArrays {
  const { starts } = offsets(planes, batchSize);
  return planes.map(({ count, length, type }, i) =>
    type === 'float32'
      ? new Float32Array(buffer, starts[i], count * batchSize * length)
      : new Uint8Array(buffer, starts[i], count * batchSize * length),
  );
}

/** Where each array starts: floats at a multiple of four bytes, which may follow bytes. */
function offsets(planes: readonly Plane[], batchSize: number): { readonly starts: number[]; readonly end: number } {
  let end = 0;
  const starts = planes.map(({ count, length, type }) => {
    const bytes = type === 'float32' ? 4 : 1;
    const start = Math.ceil(end / bytes) * bytes;
    end = start + count * batchSize * length * bytes;
    return start;
  });
  return { starts, end };
}

/**
 * Closes the gaps that left-out rows leave, in place, for each view.
 * @param batchSize rows the arrays were filled for @returns the rows that are left, in order; they now fill the front
 */
export function dropRows(
  arrays: BatchArrays,
  planes: readonly Plane[],
  batchSize: number,
  dropped: ReadonlySet<number>,
): readonly number[] {
  const kept = Array.from({ length: batchSize }, (_, row) => row).filter((row) => !dropped.has(row));
  if (kept.length === batchSize) return kept;
  planes.forEach(({ count, length }, plane) => {
    let to = 0;
    // Rows only move towards the front, in order: none is overwritten before it moved.
    for (let view = 0; view < count; view++)
      for (const row of kept) {
        const from = (view * batchSize + row) * length;
        arrays[plane]?.copyWithin(to, from, from + length);
        to += length;
      }
  });
  return kept;
}
