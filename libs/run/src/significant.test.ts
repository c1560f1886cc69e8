import { expect, it } from 'vitest';
import { decimals, significant } from './significant.ts';

it('significant never rounds a rate to 0', () => {
  const rates = [0, 0.06, 0.05 * Math.sqrt(32), 1e-7, 0.0048, 4.8, 1234.5];
  expect(rates.map((rate) => significant(rate))).toEqual(['0', '0.06', '0.283', '1e-7', '0.0048', '4.8', '1230']);
});

it('decimals are four, or three digits where these would say nothing', () => {
  expect([0, 5.4967, 0.25, 0.00098765, -3e-7].map(decimals)).toEqual([
    '0.0000',
    '5.4967',
    '0.2500',
    '0.000988',
    '-3e-7',
  ]);
});
