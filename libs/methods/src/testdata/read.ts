import { readFileSync } from 'node:fs';
import type { Tensor } from '@tensorflow/tfjs-core';

/** An oracle file of this folder; its `source` says which reference implementation made the numbers. */
export function readOracle(stem: string): unknown {
  return JSON.parse(readFileSync(new URL(`./${stem}.json`, import.meta.url), 'utf8'));
}

/** Largest difference, divided by the oracle's largest absolute entry. */
export function errorOfLargest(got: Tensor, expected: readonly (number | readonly number[])[]): number {
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
