import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSame, integers, runKernel, status, suffix, uniform, useTorch } from '../testing/compare.ts';

describe.skipIf(!status.available)(`space, batch and depth equal tfjs cpu${suffix}`, () => {
  beforeAll(useTorch);

  it('spaceToBatchND and batchToSpaceND', async () => {
    const space = (x: () => tf.Tensor, block: number[], paddings: number[][]): Promise<void> =>
      expectSame(() => runKernel(tf.SpaceToBatchND, { x: x() }, { blockShape: block, paddings }));
    const batch = (x: () => tf.Tensor, block: number[], crops: number[][]): Promise<void> =>
      expectSame(() => runKernel(tf.BatchToSpaceND, { x: x() }, { blockShape: block, crops }));
    await space(() => uniform([2, 4, 6, 3]), [2, 3], [[0, 0], [0, 0]]); // prettier-ignore
    await space(() => uniform([1, 3, 4, 2]), [2, 2], [[1, 0], [2, 2]]); // prettier-ignore
    await space(() => integers([2, 4, 3], 0, 9), [2], [[2, 0]]);
    await batch(() => uniform([12, 2, 3, 2]), [2, 3], [[0, 0], [0, 0]]); // prettier-ignore
    await batch(() => uniform([8, 2, 3, 2]), [2, 2], [[1, 0], [2, 1]]); // prettier-ignore
    await batch(() => integers([4, 2, 3], 0, 9), [2], [[1, 1]]);
  });

  it('depthToSpace, in both formats', async () => {
    const x = (): tf.Tensor4D => uniform([2, 3, 2, 8]) as tf.Tensor4D;
    await expectSame(() => tf.depthToSpace(x(), 2));
    tf.tidy(() => {
      const wanted = tf.transpose(tf.depthToSpace(x(), 2), [0, 3, 1, 2]);
      const y = tf.depthToSpace(tf.transpose(x(), [0, 3, 1, 2]), 2, 'NCHW');
      expect([y.shape, Array.from(y.dataSync())]).toEqual([wanted.shape, Array.from(wanted.dataSync())]);
    });
  });
});
