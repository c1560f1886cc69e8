import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSame, integers, runKernel, status, suffix, uniform, useTorch } from '../testing/compare.ts';

type Reduction = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;
const reductions: [string, Reduction][] = [
  ['sum', tf.sum],
  ['mean', tf.mean],
  ['prod', tf.prod],
  ['max', tf.max],
  ['min', tf.min],
  ['logSumExp', tf.logSumExp],
];
const axes: (number | number[] | undefined)[] = [undefined, 0, -1, [0, 2], [-1, 0], [1], []];

describe.skipIf(!status.available)(`reductions equal tfjs cpu${suffix}`, () => {
  beforeAll(useTorch);

  it.each(reductions)('%s', async (_, op) => {
    for (const axis of axes) {
      await expectSame(() => op(uniform([3, 4, 5], 2, -1.5, 1.5), axis));
      await expectSame(() => op(uniform([3, 4, 5], 2, -1.5, 1.5), axis, true));
    }
    await expectSame(() => op(tf.scalar(2.5)));
  });

  it('integers and booleans', async () => {
    for (const op of [tf.sum, tf.prod, tf.max, tf.min]) await expectSame(() => op(integers([3, 4], 1, 5), 1));
    await expectSame(() => tf.mean(integers([3, 4], 1, 5), 0));
    await expectSame(() => tf.sum(tf.greater(uniform([4, 6]), 0), 1));
    for (const op of [tf.all, tf.any]) {
      await expectSame(() => op(tf.greater(uniform([4, 6]), -1.2), 1));
      await expectSame(() => op(tf.greater(uniform([4, 6]), -1.2), [0, 1], true));
    }
  });

  it('empty reductions give the neutral element', async () => {
    for (const op of [tf.sum, tf.prod] as Reduction[]) await expectSame(() => op(uniform([3, 0]), 1));
    await expectSame(() => tf.sum(uniform([0])));
    // tfjs cpu gives NaN here, TensorFlow the neutral element
    tf.tidy(() => {
      expect(Array.from(tf.max(uniform([2, 0]), 1).dataSync())).toEqual([-Infinity, -Infinity]);
      expect(Array.from(tf.min(uniform([2, 0]), 1).dataSync())).toEqual([Infinity, Infinity]);
    });
  });

  it('argMax and argMin', async () => {
    for (const axis of [0, 1, -1]) {
      await expectSame(() => tf.argMax(uniform([4, 7, 3], 4), axis));
      await expectSame(() => tf.argMin(uniform([4, 7, 3], 4), axis));
    }
  });

  it.each([
    ['cumsum', tf.cumsum],
    ['cumprod', tf.cumprod],
  ] as const)('%s', async (_, op) => {
    for (const exclusive of [false, true]) {
      for (const reverse of [false, true]) {
        for (const axis of [0, 1, 2])
          await expectSame(() => op(uniform([3, 5, 2], 7, 0.5, 1.5), axis, exclusive, reverse));
      }
    }
    await expectSame(() => tf.cumsum(integers([6], 0, 9)));
  });

  it('topk', async () => {
    await expectSame(() => Object.values(tf.topk(uniform([4, 50], 3), 7)));
    await expectSame(() => Object.values(tf.topk(uniform([9], 3), 9)));
  });

  it('bincount', async () => {
    const none = (): tf.Tensor => tf.tensor1d([], 'float32');
    await expectSame(() => runKernel(tf.Bincount, { x: integers([20], 0, 8), weights: none() }, { size: 6 }));
    await expectSame(() =>
      runKernel(tf.DenseBincount, { x: integers([20], 0, 6), weights: uniform([20]) }, { size: 6 }),
    );
    await expectSame(() =>
      runKernel(tf.DenseBincount, { x: integers([3, 9], 0, 6), weights: none() }, { size: 6, binaryOutput: true }),
    );
  });

  it('sums a million float32 numbers accurately', () => {
    const mean = tf.tidy(() => tf.mean(tf.add(uniform([1 << 20], 5, -1, 1), 1000)).dataSync()[0] ?? 0);
    expect(Math.abs(mean - 1000)).toBeLessThan(0.01);
  });
});
