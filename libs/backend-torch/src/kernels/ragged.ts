import * as tf from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { nativeDtype } from '../backend.ts';
import { TensorFlowError } from '../errors.ts';
import { defineKernel } from '../kernel.ts';
import { listable } from '../limits.ts';
import { readIntegers, takeRows, writeIntegers } from './host.ts';
import { raggedToTensor } from './ragged-to-tensor.ts';

const bad = (message: string): TensorFlowError => new TensorFlowError(message);
const INT32_MAX = 2 ** 31 - 1;

function requireSplits(splits: Int32Array, count: number): void {
  if (splits.length === 0) throw bad('Ragged splits may not be empty');
  if ((splits[0] ?? 0) < 0) throw bad('Ragged splits must be non-negative');
  if ((splits.at(-1) ?? 0) > count) throw bad('Ragged splits must not point past values');
  if (splits.some((split, i) => i > 0 && split < (splits[i - 1] ?? 0))) {
    throw bad('Ragged splits must be sorted in ascending order');
  }
}

/** Row splits of the dense dimensions of `shape` but the last: rows of one length each. */
function denseSplits(shape: readonly number[]): Int32Array[] {
  return shape.slice(1).map((length, axis) => {
    const rows = util.sizeFromShape(shape.slice(0, axis + 1));
    return new Int32Array(listable(rows + 1)).map((_, i) => i * length);
  });
}

/** The rows `picked` of a list with these splits: their splits in the result, and what they hold one level further down. */
function pickRows(splits: Int32Array, picked: Int32Array): { splits: Int32Array; held: Int32Array } {
  const ends = new Int32Array(picked.length + 1);
  let total = 0;
  picked.forEach((row, i) => {
    // Rows may be picked again and again: what they hold together may be more than there is.
    total = listable(total + (splits[row + 1] ?? 0) - (splits[row] ?? 0));
    ends[i + 1] = total;
  });
  const held = new Int32Array(total);
  picked.forEach((row, i) => {
    const [first, start] = [splits[row] ?? 0, ends[i] ?? 0];
    for (let at = start; at < (ends[i + 1] ?? 0); at++) held[at] = first + at - start;
  });
  return { splits: ends, held };
}

/** starts, limits or deltas: one number for all rows, or one a row. */
function perRow(what: string, { shape }: TensorInfo, values: ArrayLike<number>): (row: number) => number {
  if (shape.length > 1) throw bad(`${what} must be a scalar or vector`);
  return (row) => values[shape.length === 0 ? 0 : row] ?? 0;
}

function rangeLength(start: number, limit: number, delta: number): number {
  if (delta === 0) throw bad('Requires delta != 0');
  const length = Math.max(0, Math.ceil((limit - start) / delta));
  if (length > INT32_MAX) throw bad(`Requires ((limit - start) / delta) <= ${INT32_MAX}`);
  return length;
}

/** Ragged tensors: values, and for each ragged dimension where its rows begin. The bookkeeping runs in JavaScript. */
export const raggedKernels: readonly KernelConfig[] = [
  raggedToTensor,
  defineKernel<tf.RaggedGatherInputs>(
    tf.RaggedGather,
    ({ paramsNestedSplits, paramsDenseValues, indices }, _, backend) => {
      const nested = paramsNestedSplits.map((splits) => readIntegers(backend, splits));
      const rows = (paramsNestedSplits[0]?.shape[0] ?? 0) - 1;
      let picked = readIntegers(backend, indices);
      picked.forEach((index, i) => {
        if (index >= 0 && index < rows) return;
        const at = util.indexToLoc(i, indices.shape.length, util.computeStrides(indices.shape));
        throw bad(`indices[${at.join()}] = ${index} is not in [0, ${rows})`);
      });
      if (paramsDenseValues.shape.length === 0) throw bad('params.rank must be nonzero');
      nested.forEach((splits, level) => {
        requireSplits(splits, nested[level + 1]?.length ?? paramsDenseValues.shape[0] ?? 0);
      });
      const outer = denseSplits(indices.shape);
      const inner = nested.map((splits) => {
        const level = pickRows(splits, picked);
        picked = level.held;
        return level.splits;
      });
      // A scalar index takes a row out of its list.
      const kept = indices.shape.length === 0 ? inner.slice(1) : [...outer, ...inner];
      const values = takeRows(backend, backend.handle(paramsDenseValues), picked);
      return [
        ...kept.map((splits) => writeIntegers(backend, splits, [splits.length])),
        backend.give(values, [picked.length, ...paramsDenseValues.shape.slice(1)], paramsDenseValues.dtype),
      ];
    },
    'elements',
  ),
  defineKernel<tf.RaggedRangeInputs>(tf.RaggedRange, ({ starts, limits, deltas }, _, backend) => {
    const numbers = (info: TensorInfo): Float32Array => backend.readSync(info.dataId) as Float32Array;
    const start = perRow('starts', starts, numbers(starts));
    const limit = perRow('limits', limits, numbers(limits));
    const delta = perRow('deltas', deltas, numbers(deltas));
    const [rows = 1, ...others] = [starts, limits, deltas].flatMap(({ shape }) => shape);
    if (others.some((size) => size !== rows)) throw bad('starts, limits, and deltas must have the same shape');
    const splits = [0];
    const values: number[] = [];
    for (let row = 0; row < rows; row++) {
      const length = rangeLength(start(row), limit(row), delta(row));
      listable(values.length + length);
      for (let i = 0; i < length; i++) values.push(start(row) + i * delta(row));
      splits.push(values.length);
    }
    const dense = backend.native.fromMemory(
      Float64Array.from(values),
      [values.length],
      nativeDtype(starts.dtype),
      backend.device,
    );
    return [writeIntegers(backend, splits, [splits.length]), backend.give(dense, [values.length], starts.dtype)];
  }),
];
