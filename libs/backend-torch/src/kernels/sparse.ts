import * as tf from '@tensorflow/tfjs-core';
import { backend_util, upcastType, util } from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { nativeDtype } from '../backend.ts';
import { TensorFlowError } from '../errors.ts';
import { defineKernel, through } from '../kernel.ts';
import { listable } from '../limits.ts';
import { NATIVE_DTYPE } from '../native.ts';
import { readIntegers, readShape, takeRows, writeIntegers } from './host.ts';

const bad = (message: string): TensorFlowError => new TensorFlowError(message);

function requireRank(what: string, { shape }: TensorInfo, rank: number): void {
  if (shape.length !== rank) throw bad(`${what} has rank ${rank}, got the shape [${String(shape)}]`);
}

/** The shape with its -1, if there is one, filled in. */
function resolveShape(from: readonly number[], to: readonly number[]): number[] {
  const unknown = to.indexOf(-1);
  to.forEach((size, i) => {
    if (size === -1 && i !== unknown) {
      throw bad(backend_util.getSparseReshapeMultipleNegativeOneOutputDimErrorMessage(unknown, i));
    }
    if (size < -1) throw bad(backend_util.getSparseReshapeNegativeOutputDimErrorMessage(i, size));
  });
  const shape = [...to];
  const whole = util.sizeFromShape([...from]);
  if (unknown >= 0) {
    shape[unknown] = 1;
    const known = util.sizeFromShape(shape);
    if (known === 0) throw bad(backend_util.getSparseReshapeEmptyTensorZeroOutputDimErrorMessage());
    if (whole % known !== 0) throw bad(backend_util.getSparseReshapeInputOutputMultipleErrorMessage([...from], shape));
    shape[unknown] = whole / known;
  }
  if (util.sizeFromShape(shape) !== whole) {
    throw bad(backend_util.getSparseReshapeInputOutputMismatchErrorMessage([...from], shape));
  }
  return shape;
}

/** @returns the number of segments */
function checkSegments(rows: number, indices: Int32Array, ids: Int32Array): number {
  if (indices.length !== ids.length)
    throw bad(`segmentIds and indices have one length, got ${ids.length} and ${indices.length}`);
  const segments = ids.length === 0 ? 0 : (ids.at(-1) ?? 0) + 1;
  if (ids.length > 0 && segments <= 0)
    throw bad(backend_util.getSparseSegmentReductionNegativeSegmentIdsErrorMessage());
  let previous = ids[0] ?? 0;
  ids.forEach((id, i) => {
    if (id < previous) throw bad(backend_util.getSparseSegmentReductionNonIncreasingSegmentIdsErrorMessage());
    if (id < 0 || id >= segments)
      throw bad(backend_util.getSparseSegmentReductionSegmentIdOutOfRangeErrorMessage(id, segments));
    const index = indices[i] ?? -1;
    if (index < 0 || index >= rows)
      throw bad(backend_util.getSparseSegmentReductionIndicesOutOfRangeErrorMessage(i, index, rows));
    previous = id;
  });
  return segments;
}

function segmentReduction(kernelName: string, mean: boolean): KernelConfig {
  return defineKernel<tf.SparseSegmentSumInputs>(kernelName, ({ data, indices, segmentIds }, _, backend) => {
    const { native } = backend;
    const ids = readIntegers(backend, segmentIds);
    const segments = checkSegments(data.shape[0] ?? 0, readIntegers(backend, indices), ids);
    const shape = [segments, ...data.shape.slice(1)];
    const sums = through(backend, native.indexSelect(backend.handle(data), backend.handle(indices), 0), (rows) =>
      native.segmentSum(rows, backend.handle(segmentIds), segments),
    );
    if (!mean) return backend.give(sums, shape, data.dtype);
    const counts = new Float32Array(listable(segments));
    for (const id of ids) counts[id] = (counts[id] ?? 0) + 1;
    const divisor = native.fromMemory(
      counts.map((count) => Math.max(1, count)),
      [segments, ...data.shape.slice(1).map(() => 1)],
      NATIVE_DTYPE.float32,
      backend.device,
    );
    const means = through(backend, sums, (s) => through(backend, divisor, (d) => native.div(s, d)));
    return backend.give(
      through(backend, means, (m) => native.cast(m, nativeDtype(data.dtype))),
      shape,
      data.dtype,
    );
  });
}

/** Sparse tensors are indices [N, rank], values [N] and a dense shape; their bookkeeping runs in JavaScript. */
export const sparseKernels: readonly KernelConfig[] = [
  segmentReduction(tf.SparseSegmentSum, false),
  segmentReduction(tf.SparseSegmentMean, true),
  defineKernel<tf.SparseReshapeInputs>(tf.SparseReshape, ({ inputIndices, inputShape, newShape }, _, backend) => {
    requireRank('inputIndices', inputIndices, 2);
    requireRank('inputShape', inputShape, 1);
    requireRank('newShape', newShape, 1);
    const from = readShape(backend, inputShape);
    const to = resolveShape(from, readShape(backend, newShape));
    const [count = 0, rank = 0] = inputIndices.shape;
    if (rank !== from.length) throw bad(`indices of rank ${rank} do not fit a shape of rank ${from.length}`);
    const indices = readIntegers(backend, inputIndices);
    const [strides, newStrides] = [stridesOf(from), stridesOf(to)];
    // Indices of rank 0 take no memory, however many there are.
    const moved = new Int32Array(listable(count * to.length));
    for (let i = 0; to.length > 0 && i < count; i++) {
      let place = strides.reduce((sum, stride, axis) => sum + stride * (indices[i * rank + axis] ?? 0), 0);
      newStrides.forEach((stride, axis) => {
        const at = Math.floor(place / stride);
        moved[i * to.length + axis] = at;
        place -= at * stride;
      });
    }
    return [writeIntegers(backend, moved, [count, to.length]), writeIntegers(backend, to, [to.length])];
  }),
  defineKernel<tf.SparseFillEmptyRowsInputs>(
    tf.SparseFillEmptyRows,
    ({ indices, values, denseShape, defaultValue }, _, backend) => {
      requireRank('indices', indices, 2);
      requireRank('values', values, 1);
      requireRank('denseShape', denseShape, 1);
      requireRank('defaultValue', defaultValue, 0);
      upcastType(values.dtype, defaultValue.dtype); // throws if only one is of strings
      const { native } = backend;
      const [count = 0, rank = 0] = indices.shape;
      const flat = readIntegers(backend, indices);
      if (rank === 0) throw bad('indices of rank 0 are in no row');
      const held = entriesPerRow(flat, count, rank, readIntegers(backend, denseShape)[0] ?? 0);
      // Where the next entry of each row goes; a row without any has one place, for the default value.
      const next = new Int32Array(held.length);
      let total = 0;
      held.forEach((entries, row) => {
        next[row] = total;
        total += Math.max(1, entries);
      });
      // The place of each entry of the result among the values; the default value stands behind them.
      const sources = new Int32Array(listable(total)).fill(count);
      const rows = new Int32Array(listable(total * rank));
      const places = new Int32Array(count);
      held.forEach((entries, row) => {
        if (entries === 0) rows[(next[row] ?? 0) * rank] = row;
      });
      for (let i = 0; i < count; i++) {
        const row = flat[i * rank] ?? 0;
        const place = next[row] ?? 0;
        next[row] = place + 1;
        places[i] = place;
        sources[place] = i;
        rows.set(flat.subarray(i * rank, (i + 1) * rank), place * rank);
      }
      const filled = through(backend, native.reshape(backend.handle(defaultValue), [1]), (last) =>
        through(backend, native.concat([backend.handle(values), last], 0), (all) => takeRows(backend, all, sources)),
      );
      const empty = native.fromMemory(
        Uint8Array.from(held, (entries) => Number(entries === 0)),
        [held.length],
        NATIVE_DTYPE.bool,
        backend.device,
      );
      return [
        writeIntegers(backend, rows, [total, rank]),
        backend.give(filled, [total], values.dtype),
        backend.give(empty, [held.length], 'bool'),
        writeIntegers(backend, places, [count]),
      ];
    },
    'elements',
  ),
];

/** How many entries each row has. */
function entriesPerRow(indices: Int32Array, count: number, rank: number, rows: number): Int32Array {
  if (rows === 0 && count > 0) throw bad(backend_util.getSparseFillEmptyRowsIndicesDenseShapeMismatch(count));
  const entries = new Int32Array(listable(rows));
  for (let i = 0; i < count; i++) {
    const row = indices[i * rank] ?? 0;
    if (row < 0) throw bad(backend_util.getSparseFillEmptyRowsNegativeIndexErrorMessage(i, row));
    if (row >= rows) throw bad(backend_util.getSparseFillEmptyRowsOutOfRangeIndexErrorMessage(i, row, rows));
    entries[row] = (entries[row] ?? 0) + 1;
  }
  return entries;
}

const stridesOf = (shape: readonly number[]): number[] => shape.map((_, i) => util.sizeFromShape(shape.slice(i + 1)));
