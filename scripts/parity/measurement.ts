/** What is compared, and by which of the oracles' measures of error. */
import type { Tensor } from '@tensorflow/tfjs-core';

/** One comparison of a case. It passes where `error <= tolerance`, so NaN fails. */
export interface Measurement {
  readonly case: string;
  readonly quantity: string;
  readonly error: number;
  readonly tolerance: number;
  /** Why there is no number. */
  readonly message?: string;
}

/** Runs the cases of one file, each as it is asked for. */
export type Kind = (file: unknown) => Iterable<Measurement>;

/** A case of its own: one that throws, as an unknown one does, is a comparison that fails, and the others still run. */
export function* attempt(name: string, run: () => Iterable<Measurement>): Iterable<Measurement> {
  try {
    yield* run();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    yield { case: name, quantity: 'can be compared', error: NaN, tolerance: 0, message };
  }
}

/** Numbers nested to any depth, as the files hold them. */
export type Nested = number | readonly Nested[];

export function flatten(values: Nested): number[] {
  return typeof values === 'number' ? [values] : values.flatMap(flatten);
}

export function shapeOf(values: Nested): number[] {
  return typeof values === 'number' ? [] : [values.length, ...shapeOf(values[0] ?? [])];
}

/** Relative error of a scalar; of 0, the absolute one. */
export function relative(got: number | Tensor | undefined, expected: number): number {
  const value = typeof got === 'number' ? got : (got?.dataSync()[0] ?? NaN);
  return Math.abs(value - expected) / (expected === 0 ? 1 : Math.abs(expected));
}

/** Largest difference. Infinite where the counts differ. */
export function largestDifference(got: ArrayLike<number> | Tensor | undefined, expected: Nested): number {
  const values = got === undefined || 'length' in got ? got : got.dataSync();
  const want = flatten(expected);
  if (values?.length !== want.length) return Infinity;
  // Not Math.max of a list: a NaN must win, and lists may be long.
  return want.reduce((most, value, i) => larger(most, Math.abs(value - (values[i] ?? NaN))), 0);
}

/** Largest difference, divided by the largest absolute entry of the oracle. */
export function ofTheLargest(got: ArrayLike<number> | Tensor | undefined, expected: Nested): number {
  const largest = flatten(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largestDifference(got, expected) / (largest === 0 ? 1 : largest);
}

/** The larger of two errors, NaN if one is. */
export function larger(a: number, b: number): number {
  return a > b || Number.isNaN(a) ? a : b;
}
