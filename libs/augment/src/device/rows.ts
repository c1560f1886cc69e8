/** A batch whose rows get different kernels. Legend: B rows, G rows of one group, P numbers a row. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';

/** Rows of a batch and what becomes of them. */
export interface RowGroup {
  readonly rows: readonly number[];
  /** Same shape in and out; absent: the rows stay as they are. */
  readonly kernel?: (pixels_GHWC: Tensor4D, rows: readonly number[]) => Tensor4D;
}

/**
 * Gives each group of rows to its kernel and puts the batch together again in its order, so that no kernel computes what a mask throws
 * away. @param groups hold every row once
 */
export function byGroup(pixels_BHWC: Tensor4D, groups: readonly RowGroup[]): Tensor4D {
  const present = groups.filter(({ rows }) => rows.length > 0);
  const [only] = present;
  if (!only || present.every(({ kernel }) => !kernel)) return pixels_BHWC;
  if (present.length === 1) return only.kernel?.(pixels_BHWC, only.rows) ?? pixels_BHWC;
  const parts = present.map(({ rows, kernel }) => {
    const part = tf.gather(pixels_BHWC, tf.tensor1d([...rows], 'int32'));
    return kernel ? kernel(part, rows) : part;
  });
  const place = new Int32Array(pixels_BHWC.shape[0]);
  present.flatMap(({ rows }) => rows).forEach((row, at) => (place[row] = at));
  return tf.gather(tf.concat(parts), tf.tensor1d(place, 'int32'));
}

/** Some numbers of some rows. @param numbers_BP row by row @returns [G, count], from column `at` on */
export function takeRows(
  numbers_BP: Float32Array,
  width: number,
  rows: readonly number[],
  at = 0,
  count = width,
): Float32Array {
  const taken = new Float32Array(rows.length * count);
  rows.forEach((row, to) => {
    const from = row * width + at;
    taken.set(numbers_BP.subarray(from, from + count), to * count);
  });
  return taken;
}

/** One number a row, shaped to multiply pixels: [B, 1, 1, 1]. */
export function column(numbers_BP: Float32Array, width = 1, at = 0): Tensor4D {
  const count = numbers_BP.length / width;
  return tf.tensor4d(
    Float32Array.from({ length: count }, (_, row) => numbers_BP[row * width + at] ?? 0),
    [count, 1, 1, 1],
  );
}
