import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** An oracle file of this folder; its `source` says which reference implementation made the numbers. */
export function readOracle(stem: string): unknown {
  return JSON.parse(readFileSync(new URL(`./${stem}.json`, import.meta.url), 'utf8'));
}

/** The golden vectors' inputs: z[i][j] = sin(1.7 i + 0.9 j + o), [n, d]. */
export function wave(n: number, d: number, o: number): number[][] {
  return Array.from({ length: n }, (_, i) => Array.from({ length: d }, (_, j) => Math.sin(1.7 * i + 0.9 * j + o)));
}

/** Largest difference, divided by the oracle's largest absolute entry. */
export function errorOfLargest(got: Tensor, expected: readonly (readonly number[])[]): number {
  const want = expected.flat();
  const values = got.dataSync();
  if (values.length !== want.length) throw new Error(`got ${values.length} numbers, the oracle has ${want.length}`);
  const largest = Math.max(...want.map(Math.abs));
  return Math.max(...want.map((value, i) => Math.abs(value - (values[i] ?? NaN)))) / largest;
}

/** Relative error of a scalar. */
export function relativeError(got: Tensor, expected: number): number {
  return Math.abs((got.dataSync()[0] ?? NaN) / expected - 1);
}

/** Tensors that outlive a tidy around `run`. */
export function leaked(run: () => void): number {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    run();
  });
  return tf.memory().numTensors - before;
}

/** Rows divided by their length, in double precision. */
export function unitRows(rows: readonly (readonly number[])[]): number[][] {
  return rows.map((row) => row.map((value) => value / Math.hypot(...row)));
}

/** Central differences of a formula in double precision. */
export function numericGradient(z: readonly (readonly number[])[], loss: (z: number[][]) => number): number[][] {
  const step = 1e-6;
  const at = (i: number, j: number, by: number): number =>
    loss(z.map((row, r) => row.map((value, c) => (r === i && c === j ? value + by : value))));
  return z.map((row, i) => row.map((_, j) => (at(i, j, step) - at(i, j, -step)) / (2 * step)));
}
