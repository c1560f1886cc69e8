import { expect, test } from 'vitest';
import { COUNT, POSITIVE, requireNumbers } from './numbers.ts';

test('takes what is in the range, ends included where they are meant to be', () => {
  requireNumbers('f', { a: Number.MIN_VALUE, b: Number.MAX_VALUE }, POSITIVE);
  requireNumbers('f', { a: 1, b: 2 ** 40 }, COUNT);
  requireNumbers('f', { a: 0, b: -0, c: 1 }, { atLeast: 0, atMost: 1 });
  requireNumbers('f', { a: -1e300 });
});

test.each([
  [NaN, {}, "'x' of f is NaN: expected a finite number"],
  [Infinity, {}, "'x' of f is Infinity: expected a finite number"],
  [0, POSITIVE, "'x' of f is 0: expected a finite number above 0"],
  [1.5, COUNT, "'x' of f is 1.5: expected a whole number of at least 1"],
  [2, { atLeast: 0, below: 2 }, "'x' of f is 2: expected a finite number of at least 0 and below 2"],
  [3, { integer: true, atMost: 2 }, "'x' of f is 3: expected a whole number of at most 2"],
  ['2' as unknown as number, {}, "'x' of f is 2: expected a finite number"],
  [undefined as unknown as number, COUNT, "'x' of f is undefined: expected a whole number of at least 1"],
])('refuses %d', (x, range, message) => {
  expect(() => {
    requireNumbers('f', { fine: 1, x }, range);
  }).toThrow(expect.objectContaining({ code: 'E_OPTION_INVALID', kind: 'usage', message }));
});
