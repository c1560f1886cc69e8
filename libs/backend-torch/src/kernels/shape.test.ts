import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSame, integers, runKernel, status, suffix, uniform, useTorch } from '../testing/compare.ts';

describe.skipIf(!status.available)(`shape, creation and index kernels equal tfjs cpu${suffix}`, () => {
  beforeAll(useTorch);

  it('reshape, expandDims, squeeze, transpose', async () => {
    await expectSame(() => tf.reshape(uniform([3, 4]), [2, -1]));
    await expectSame(() => tf.expandDims(uniform([3, 4]), -1));
    await expectSame(() => tf.squeeze(uniform([3, 1, 4, 1])));
    await expectSame(() => tf.transpose(uniform([2, 3, 4]), [2, 0, 1]));
    await expectSame(() => tf.reshape(tf.transpose(uniform([2, 3, 4]), [2, 0, 1]), [8, 3]));
    await expectSame(() => tf.transpose(uniform([5])));
  });

  it('concat, stack, unstack, split', async () => {
    await expectSame(() => tf.concat([uniform([2, 3], 1), uniform([2, 1], 2), uniform([2, 0], 3)], -1));
    await expectSame(() => tf.concat([integers([2, 3], 0, 9), integers([1, 3], 0, 9)], 0));
    await expectSame(() => tf.stack([uniform([2, 3], 1), uniform([2, 3], 2)], -1));
    await expectSame(() => tf.unstack(uniform([2, 3, 4]), 1));
    await expectSame(() => tf.split(uniform([4, 6]), [1, 3, 2], -1));
    await expectSame(() => tf.split(uniform([4, 6]), 2, 0));
  });

  it('slice and stridedSlice', async () => {
    await expectSame(() => tf.slice(uniform([4, 5, 6]), [1, 2], [2, -1]));
    await expectSame(() => tf.slice(uniform([100, 100]), [99, 99], [1, 1]));
    await expectSame(() => tf.stridedSlice(uniform([5, 6]), [0, 5], [4, 0], [2, -2]));
    await expectSame(() => tf.stridedSlice(uniform([5, 6]), [1, 1], [2, 4], [1, 1], 0, 1, 0, 0, 1));
    await expectSame(() => tf.stridedSlice(uniform([5, 6]), [0, 1], [0, 4], [1, 2], 1, 1, 0, 0, 0));
  });

  it('pad, mirrorPad, tile, broadcastTo, reverse', async () => {
    await expectSame(() =>
      tf.pad(
        uniform([2, 3]),
        [
          [1, 2],
          [0, 1],
        ],
        7,
      ),
    );
    await expectSame(() =>
      tf.mirrorPad(
        uniform([3, 4]),
        [
          [2, 1],
          [1, 3],
        ],
        'reflect',
      ),
    );
    await expectSame(() =>
      tf.mirrorPad(
        uniform([3, 4]),
        [
          [3, 1],
          [1, 4],
        ],
        'symmetric',
      ),
    );
    await expectSame(() => tf.tile(uniform([2, 3]), [2, 3]));
    await expectSame(() => tf.broadcastTo(uniform([3, 1]), [2, 3, 4]));
    await expectSame(() => tf.reverse(uniform([2, 3, 4]), [0, -1]));
  });

  it('fill, like, range, linspace, oneHot, eye', async () => {
    await expectSame(() => [
      tf.fill([2, 3], 1.5),
      tf.fill([2], 3, 'int32'),
      tf.zerosLike(integers([3], 0, 4)),
      tf.onesLike(uniform([2, 2])),
    ]);
    await expectSame(() => [
      tf.range(0, 10, 3),
      tf.range(5, 0),
      tf.range(3, 3),
      tf.range(0, 5, 1, 'int32'),
      tf.range(1, -1, -0.5),
    ]);
    await expectSame(() => [tf.linspace(0, 1, 7), tf.linspace(2, 5, 1), tf.eye(4)]);
    await expectSame(() => tf.oneHot(integers([5], 0, 4), 4));
    await expectSame(() =>
      tf.oneHot(
        tf.tensor2d(
          [
            [0, -1],
            [3, 9],
          ],
          [2, 2],
          'int32',
        ),
        4,
        5,
        -5,
      ),
    );
  });

  it('gather, gatherND, scatterND', async () => {
    await expectSame(() => tf.gather(uniform([4, 5, 6]), integers([2, 3], 0, 5), 1));
    await expectSame(() => tf.gather(uniform([4, 5, 6]), integers([7], 0, 6), -1));
    await expectSame(() => tf.gather(uniform([3, 5, 2]), integers([3, 4], 0, 5), 1, 1));
    await expectSame(() => tf.gatherND(uniform([4, 5, 6]), integers([3, 2], 0, 4)));
    await expectSame(() => tf.scatterND(integers([6, 1], 0, 4), uniform([6, 3]), [4, 3]));
    await expectSame(() => tf.unsortedSegmentSum(uniform([6, 3]), integers([6], 0, 3) as tf.Tensor1D, 3));
  });

  it('an index out of range is an error', () => {
    tf.tidy(() => {
      expect(() => tf.gather(uniform([4]), tf.tensor1d([4], 'int32'))).toThrow(/GatherV2.*is not in \[0, 3\]/);
    });
  });

  it('resizing, with gradients', async () => {
    const image = (): tf.Tensor4D => uniform([2, 5, 4, 3]) as tf.Tensor4D;
    for (const [corners, half] of [
      [false, false],
      [true, false],
      [false, true],
    ] as const) {
      for (const size of [
        [7, 9],
        [3, 2],
        [1, 1],
        [5, 4],
      ] as [number, number][]) {
        await expectSame(() => tf.image.resizeBilinear(image(), size, corners, half));
        await expectSame(() => tf.image.resizeNearestNeighbor(image(), size, corners, half));
      }
    }
  });

  it.each([
    [tf.ResizeBilinear, tf.ResizeBilinearGrad],
    [tf.ResizeNearestNeighbor, tf.ResizeNearestNeighborGrad],
  ])('%s and its gradient are adjoint', (forward, gradient) => {
    tf.tidy(() => {
      for (const [alignCorners, halfPixelCenters] of [
        [false, false],
        [true, false],
        [false, true],
      ]) {
        const [images, dy] = [uniform([2, 5, 4, 3]), uniform([2, 9, 3, 3], 2)];
        const attrs = { alignCorners, halfPixelCenters };
        const [y] = runKernel(forward, { images }, { ...attrs, size: [9, 3] }) as [tf.Tensor];
        const [dx] = runKernel(gradient, { images, dy }, attrs) as [tf.Tensor];
        const dot = (a: tf.Tensor, b: tf.Tensor): number => tf.sum(tf.mul(a, b)).dataSync()[0] ?? NaN;
        expect(dot(dx, images)).toBeCloseTo(dot(dy, y), 3);
      }
    });
  });

  it('multinomial follows the probabilities and its seed', () => {
    tf.tidy(() => {
      const logits = tf.log(tf.tensor2d([[0.1, 0.2, 0.7]]));
      const draw = (): number[] => Array.from(tf.multinomial(logits, 4000, 7).dataSync());
      const first = draw();
      expect(draw()).toEqual(first);
      expect(first.filter((i) => i === 2).length / 4000).toBeCloseTo(0.7, 1);
    });
  });
});
