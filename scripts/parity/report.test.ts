import { expect, test } from 'vitest';
import type { Measurement } from './measurement.ts';
import { nearestToItsTolerance, reportTable } from './report.ts';

const one = (error: number, tolerance: number, quantity = 'loss'): Measurement => ({
  case: 'a',
  quantity,
  error,
  tolerance,
});

test('the error that comes nearest to its tolerance, not the largest; what could not be compared before all', () => {
  const [far, near, none, exact] = [one(1e-3, 1), one(9e-6, 1e-5), one(NaN, 0), one(0, 0)];
  const nearest = (all: readonly Measurement[]) =>
    all.reduce<Measurement | undefined>(nearestToItsTolerance, undefined);
  expect(nearest([far, near, exact])).toBe(near);
  expect(nearest([exact, far])).toBe(far);
  expect(nearest([none, near])).toBe(none);
  expect(nearest([near, none, far])).toBe(none);
  expect(nearest([near, one(1, 0), far])).toEqual(one(1, 0));
});

test('a line a file', () => {
  const lines = reportTable([
    { file: 'a', passed: 2, failed: 0, nearest: one(9e-6, 1e-5, 'queue') },
    { file: 'b', passed: 1, failed: 1, nearest: one(NaN, 0) },
    { file: 'c', passed: 0, failed: 0, nearest: undefined },
  ]);
  expect(lines.slice(2)).toEqual([
    '| a | 2 | 0 | 9.0e-6 | 1e-5 | 90 % | queue |',
    '| b | 1 | 1 | - | - | - | a case could not be compared |',
    '| c | 0 | 0 | - | - | - | a case could not be compared |',
  ]);
});
