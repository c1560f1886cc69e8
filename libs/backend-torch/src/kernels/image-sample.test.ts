import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSame, integers, runKernel, status, suffix, uniform, useTorch } from '../testing/compare.ts';

const image = (): tf.Tensor4D => uniform([2, 5, 7, 3], 1) as tf.Tensor4D;

describe.skipIf(!status.available)(`sampled images equal tfjs cpu${suffix}`, () => {
  beforeAll(useTorch);

  it.each(['bilinear', 'nearest'] as const)('cropAndResize, %s', async (method) => {
    const boxes = (): tf.Tensor2D =>
      tf.tensor2d([
        [0, 0, 1, 1],
        [0.1, 0.2, 0.7, 0.9],
        [0.8, 0.9, 0.1, 0], // flipped
        [-0.5, -0.3, 1.5, 1.2], // beyond the image
        [0.5, 0.5, 0.5, 0.5],
        [0, 0, 1, 1], // of an image that is not there
      ]);
    const owner = (): tf.Tensor1D => tf.tensor1d([0, 1, 0, 1, 0, 9], 'int32');
    for (const size of [
      [1, 1],
      [3, 4],
      [8, 1],
    ] as [number, number][]) {
      await expectSame(() => tf.image.cropAndResize(image(), boxes(), owner(), size, method, 0.25), 1e-5);
    }
    await expectSame(() =>
      tf.image.cropAndResize(integers([1, 4, 4, 2], 0, 255) as tf.Tensor4D, [[0, 0, 1, 1]], [0], [3, 3], method),
    );
    await expectSame(() => tf.image.cropAndResize(image(), tf.zeros([0, 4]), tf.zeros([0], 'int32'), [2, 2], method));
  });

  it.each(['constant', 'reflect', 'wrap', 'nearest'] as const)('transform, %s', async (fillMode) => {
    const transforms = [
      [1, 0, 0, 0, 1, 0, 0, 0],
      [0.8, 0.3, -2.25, -0.2, 1.4, 3.125, 0.01, -0.02],
      [1, 0, -17.5, 0, 1, 23.25, 0, 0], // far outside, on both sides
      [1, 0, 0, 0, 1, 0, -0.5, 0], // to infinity at x = 2
    ];
    for (const interpolation of ['nearest', 'bilinear'] as const) {
      for (const t of transforms) {
        // one image: tfjs cpu returns after the first
        const one = (): tf.Tensor4D => tf.slice(image(), [0, 0, 0, 0], [1, 5, 7, 3]);
        await expectSame(() => tf.image.transform(one(), tf.tensor2d([t]), interpolation, fillMode, 0.5, [6, 8]), 1e-4);
      }
    }
  });

  it('transform of several images, by one matrix or by one each', () => {
    tf.tidy(() => {
      const [a, b] = tf.split(image(), 2) as [tf.Tensor4D, tf.Tensor4D];
      const first = tf.tensor2d([[0.8, 0.3, -2, -0.2, 1.4, 3, 0, 0]]);
      const second = tf.tensor2d([[1, 0, 1, 0, 1, 0, 0, 0]]);
      const apply = (x: tf.Tensor4D, t: tf.Tensor2D): tf.Tensor4D => tf.image.transform(x, t, 'bilinear', 'reflect');
      const values = (t: tf.Tensor): number[] => Array.from(t.dataSync());
      const each = apply(image(), tf.concat([first, second]));
      expect(values(each)).toEqual(values(tf.concat([apply(a, first), apply(b, second)])));
      expect(values(apply(image(), first))).toEqual(values(tf.concat([apply(a, first), apply(b, first)])));
    });
  });

  it.each([0, 0.5, Math.PI / 2, -3])('rotateWithOffset by %f', async (radians) => {
    for (const fill of [0, 7, [1, 2, 3]] as (number | [number, number, number])[]) {
      for (const center of [0.5, [0.2, 0.9]] as (number | [number, number])[]) {
        await expectSame(() => tf.image.rotateWithOffset(image(), radians, fill, center));
        const opaque = (): tf.Tensor4D => uniform([1, 4, 5, 4], 1, 0, 255) as tf.Tensor4D;
        await expectSame(() => tf.image.rotateWithOffset(opaque(), radians, fill, center));
      }
    }
  });

  it('flipLeftRight', async () => {
    await expectSame(() => tf.image.flipLeftRight(image()));
  });

  it('boxes that are not numbers lie outside', () => {
    tf.tidy(() => {
      const boxes = tf.tensor2d([[NaN, 0, 1, Infinity]]);
      const attrs = { cropSize: [2, 2], method: 'bilinear', extrapolationValue: 5 };
      const [y] = runKernel(tf.CropAndResize, { image: image(), boxes, boxInd: tf.tensor1d([0], 'int32') }, attrs);
      expect(Array.from(y?.dataSync() ?? [])).toEqual(Array<number>(12).fill(5));
    });
  });

  it('non-maximum suppression', async () => {
    const boxes = (): tf.Tensor2D => uniform([20, 4], 1, 0, 1) as tf.Tensor2D;
    const scores = (): tf.Tensor1D => uniform([20], 2, 0, 1) as tf.Tensor1D;
    await expectSame(() => tf.image.nonMaxSuppression(boxes(), scores(), 10, 0.2, 0.3));
    for (const pad of [false, true]) {
      await expectSame(() => {
        const named = tf.image.nonMaxSuppressionPadded(boxes(), scores(), 15, 0.2, 0.3, pad);
        return [named['selectedIndices'] as tf.Tensor, named['validOutputs'] as tf.Tensor];
      });
    }
    await expectSame(() => {
      const named = tf.image.nonMaxSuppressionWithScore(boxes(), scores(), 15, 0.9, 0.1, 0.5);
      return [named['selectedIndices'] as tf.Tensor, named['selectedScores'] as tf.Tensor];
    });
    await expectSame(() => tf.image.nonMaxSuppression(tf.zeros([0, 4]), tf.zeros([0]), 3));
  });
});
