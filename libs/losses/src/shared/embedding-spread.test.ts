import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { openEngine } from '@tessera/engine';
import { beforeAll, expect, it } from 'vitest';
import { embeddingSpread } from './embedding-spread.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

const spread = (rows: number[][]): number => tf.tidy(() => embeddingSpread(tf.tensor2d(rows)).dataSync()[0] ?? NaN);

it('is 0 where rows are alike, zeros too, and 1 where they balance', () => {
  expect(
    spread([
      [3, 4],
      [3, 4],
    ]),
  ).toBe(0);
  expect(
    spread([
      [0, 0],
      [0, 0],
    ]),
  ).toBe(0);
  expect(
    spread([
      [1, 0],
      [-1, 0],
    ]),
  ).toBe(1);
});

it('is the mean squared distance from the mean over the mean squared length, without gradient', () => {
  // Mean [2, 1]; distances 1 + 1 each; lengths 1 + 4 and 9 + 0.
  expect(
    spread([
      [1, 2],
      [3, 0],
    ]),
  ).toBeCloseTo(2 / 7, 6);
  const gradient = tf.tidy(() =>
    tf
      .grad((x: tf.Tensor) => tf.add(tf.sum(x), embeddingSpread(x as Tensor2D)))(tf.tensor2d([[1, 2]]))
      .dataSync(),
  );
  expect([...gradient]).toEqual([1, 1]);
});
