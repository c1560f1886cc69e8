import { readFileSync } from 'node:fs';

/** Reads a file of reference numbers. The caller names its shape; a wrong one shows as a failing test. */
export function readOracle(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), 'utf8'));
}

/** Numbers nested to any depth, as the files hold them. */
export type Nested = number | readonly Nested[];

export function flatten(values: Nested): number[] {
  return typeof values === 'number' ? [values] : values.flatMap(flatten);
}

export function shapeOf(values: Nested): number[] {
  return typeof values === 'number' ? [] : [values.length, ...shapeOf(values[0] ?? [])];
}

/** Largest difference, relative to the largest expected entry. */
export function relativeError(actual: ArrayLike<number>, expected: readonly number[]): number {
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs((actual[i] ?? NaN) - value))) / largest;
}
