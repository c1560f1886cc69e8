import { rootKey, stream } from '@tessera/core';
import { expect, test } from 'vitest';
import { normal, torchLinear } from './initializers.ts';

test('normal: moments and tails', () => {
  const values = new Float32Array(100_001);
  normal(2)(values, stream(rootKey(1)));
  const moment = (power: number): number =>
    values.reduce((total, value) => total + (value / 2) ** power, 0) / values.length;
  expect(moment(1)).toBeCloseTo(0, 1);
  expect(moment(2)).toBeCloseTo(1, 1);
  expect(moment(4) / 3).toBeCloseTo(1, 1);
  expect(values.every(Number.isFinite)).toBe(true);
});

test("torch's linear default: uniform within 1 / sqrt(fan in)", () => {
  const values = new Float32Array(50_000);
  torchLinear(16)(values, stream(rootKey(1)));
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.25);
  expect(values.reduce((total, value) => total + value ** 2, 0) / values.length).toBeCloseTo(0.25 ** 2 / 3, 3);
});
