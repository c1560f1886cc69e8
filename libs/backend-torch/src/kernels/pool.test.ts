import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSame, integers, runKernel, status, suffix, uniform, useTorch } from '../testing/compare.ts';

describe.skipIf(!status.available)(`pools equal tfjs cpu${suffix}`, () => {
  beforeAll(useTorch);

  it.each([
    { size: 2, strides: 2, pad: 'valid' },
    { size: 3, strides: 2, pad: 'same' },
    { size: 2, strides: 1, pad: 'same' },
    { size: [2, 3], strides: [2, 1], pad: 1 },
  ] as const)('maxima and their places: $size, stride $strides, pad $pad', async ({ size, strides, pad }) => {
    for (const includeBatchInIndex of [false, true]) {
      const attrs = { filterSize: size, strides, pad, includeBatchInIndex };
      await expectSame(() => runKernel(tf.MaxPoolWithArgmax, { x: uniform([2, 5, 6, 3], 1) }, attrs));
      await expectSame(() => runKernel(tf.MaxPoolWithArgmax, { x: integers([2, 5, 6, 3], 0, 3) }, attrs)); // ties
    }
  });

  it('a maximum passes over NaN', async () => {
    const x = (): tf.Tensor4D => tf.tensor4d([NaN, 1, 2, NaN, NaN, NaN, 3, -1, 4], [1, 3, 3, 1]);
    await expectSame(() => tf.maxPool(x(), 2, 1, 'valid'));
    const attrs = { filterSize: 2, strides: 1, pad: 'valid' };
    await expectSame(() => runKernel(tf.MaxPoolWithArgmax, { x: x() }, { ...attrs, includeBatchInIndex: false }));
    await expectSame(() => tf.maxPool3d(tf.reshape<tf.Rank.R5>(x(), [1, 1, 3, 3, 1]), [1, 2, 2], 1, 'valid'));
    const dy = (): tf.Tensor => tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    tf.tidy(() => {
      const [dx] = runKernel(tf.MaxPoolGrad, { dy: dy(), input: x(), output: dy() }, attrs) as [tf.Tensor];
      expect(Array.from(dx.dataSync())).toEqual([0, 1, 2, 0, 0, 0, 3, 0, 4]);
    });
  });

  it('infinities survive', async () => {
    await expectSame(() => tf.maxPool(tf.tensor4d([Infinity, -Infinity, 1, NaN], [1, 2, 2, 1]), 1, 2, 'valid'));
    await expectSame(() =>
      tf.maxPool(tf.tensor4d([-Infinity, -Infinity, -Infinity, -Infinity], [1, 2, 2, 1]), 2, 1, 'valid'),
    );
  });

  it('integers, dilations, and a window of one element', async () => {
    await expectSame(() => tf.maxPool(integers([1, 4, 4, 2], -9, 9) as tf.Tensor4D, 2, 2, 'valid'));
    for (const type of ['max', 'avg'] as const) {
      await expectSame(() => tf.pool(uniform([2, 6, 6, 2]) as tf.Tensor4D, 2, type, 'valid', [2, 2]));
      await expectSame(() => tf.pool(uniform([2, 6, 6, 2]) as tf.Tensor4D, 3, type, 'same', [2, 1]));
      await expectSame(() => tf.pool(uniform([2, 2, 3]) as tf.Tensor3D, 1, type, 1, undefined, 2));
    }
  });

  it('an average over nothing but padding is 0', () => {
    tf.tidy(() => {
      const y = tf.avgPool(tf.ones<tf.Rank.R4>([1, 1, 1, 1]), 2, 1, 2);
      expect(Array.from(y.dataSync())).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
    });
  });

  it('a window far larger than the image, of which every place sees all', () => {
    tf.tidy(() => {
      const x = uniform([1, 3, 3, 2]) as tf.Tensor4D;
      const values = (t: tf.Tensor): number[] => Array.from(t.dataSync());
      const all = tf.tile(tf.max(x, [1, 2], true), [1, 3, 3, 1]);
      for (const size of [7, 8, 2 ** 31 - 1]) expect(values(tf.maxPool(x, size, 1, 'same'))).toEqual(values(all));
      const mean = values(tf.tile(tf.mean(x, [1, 2], true), [1, 3, 3, 1]));
      for (const size of [7, 8, 2 ** 31 - 1]) {
        values(tf.avgPool(x, size, 1, 'same')).forEach((v, i) => {
          expect(v).toBeCloseTo(mean[i] ?? NaN, 5);
        });
      }
    });
  });
});
