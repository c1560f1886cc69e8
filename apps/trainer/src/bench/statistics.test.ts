import { describe, expect, it } from 'vitest';
import { median, medianInterval } from './statistics.ts';

describe('median', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[7], 7],
  ])('of %j is %f', (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});

describe('medianInterval', () => {
  // Ranks and coverages: tables of the sign test (e.g. Conover, Practical Nonparametric Statistics, table A3).
  it.each([
    [5, 1, 0.9375],
    [6, 1, 0.96875],
    [9, 2, 0.9609375],
    [15, 4, 0.96484375],
    [20, 6, 0.958610534667969],
  ])('of %i values goes from the r-th to the r-th last, r = %i, coverage %f', (n, rank, coverage) => {
    const descending = Array.from({ length: n }, (_, i) => n - i);
    expect(medianInterval(descending)).toEqual({
      low: rank,
      high: n + 1 - rank,
      coverage: expect.closeTo(coverage, 12) as number,
    });
  });

  it('holds the true median as often as it says', () => {
    let seed = 1;
    const uniform = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const trials = 20_000;
    let held = 0;
    for (let i = 0; i < trials; i++) {
      const { low, high } = medianInterval(Array.from({ length: 9 }, () => uniform() ** 3));
      if (low <= 0.125 && 0.125 <= high) held++;
    }
    expect(held / trials).toBeCloseTo(0.961, 2);
  });
});
