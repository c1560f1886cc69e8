import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSame, integers, runKernel, status, suffix, uniform, useTorch } from '../testing/compare.ts';

const ints = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');

describe.skipIf(!status.available)(`sparse and ragged kernels equal tfjs cpu${suffix}`, () => {
  beforeAll(useTorch);

  it('unique along each axis, of NaN too', async () => {
    for (const axis of [0, 1, 2]) {
      await expectSame(() => {
        const { values, indices } = tf.unique(integers([4, 3, 5], 0, 2), axis);
        return [values, indices];
      });
    }
    await expectSame(() => {
      const { values, indices } = tf.unique(tf.tensor1d([1, NaN, 1, NaN, Infinity]));
      return [values, indices];
    });
  });

  it('searchSorted, diag, tensorScatterUpdate, sparseToDense', async () => {
    for (const side of ['left', 'right'] as const)
      await expectSame(() => tf.searchSorted(tf.tensor2d([[1, 2, 2, 5], [0, 0, 1, 1]]), uniform([2, 6]), side)); // prettier-ignore
    await expectSame(() => tf.diag(uniform([2, 3])));
    await expectSame(() =>
      tf.tensorScatterUpdate(uniform([4, 3]), tf.tensor2d([[2], [0]], [2, 1], 'int32'), uniform([2, 3], 2)),
    );
    await expectSame(() => tf.sparseToDense(tf.tensor2d([[0, 1], [2, 0]], [2, 2], 'int32'), uniform([2]), [3, 2], -1)); // prettier-ignore
  });

  it('sparse: segments, reshaping, filling rows', async () => {
    await expectSame(() => tf.sparse.sparseSegmentSum(uniform([5, 2]), ints([0, 4, 1]), ints([0, 0, 3])));
    await expectSame(() => tf.sparse.sparseSegmentMean(uniform([5, 2]), ints([0, 4, 1]), ints([0, 0, 3])));
    const places = (): tf.Tensor2D => tf.tensor2d([[0, 1], [2, 0], [2, 3]], [3, 2], 'int32'); // prettier-ignore
    await expectSame(() => Object.values(tf.sparse.sparseReshape(places(), ints([4, 6]), ints([2, -1, 3]))));
    await expectSame(() =>
      Object.values(tf.sparse.sparseFillEmptyRows(places(), tf.tensor1d([5, 6, 7]), ints([4, 6]), tf.scalar(9))),
    );
  });

  it('ragged: gather, range, to a dense tensor that is wider or narrower', async () => {
    const splits = [[0, 2, 3], [0, 1, 4, 6]]; // prettier-ignore
    const nested = (): { splits: tf.Tensor[]; values: tf.Tensor } => ({
      splits: splits.map(ints),
      values: uniform([6, 2]),
    });
    const gather = (indices: tf.Tensor): tf.Tensor[] =>
      runKernel(
        tf.RaggedGather,
        { paramsNestedSplits: nested().splits, paramsDenseValues: nested().values, indices } as never,
        { outputRaggedRank: 2 },
      );
    await expectSame(() => gather(ints([1, 0, 1])));
    await expectSame(() => gather(integers([2, 2], 0, 2)));
    await expectSame(() =>
      runKernel(tf.RaggedRange, { starts: ints([0, 5, 8]), limits: ints([8, 7, 0]), deltas: ints([3, 2, -4]) }),
    );
    for (const shape of [
      [-1, -1],
      [3, 5],
      [1, 2],
    ]) {
      await expectSame(() =>
        tf.raggedTensorToTensor(ints(shape), uniform([6]), tf.scalar(7), [ints([0, 1, 4, 6])], ['ROW_SPLITS']),
      );
    }
  });

  it('row numbers that point nowhere are errors', () => {
    tf.tidy(() => {
      const dense = (ids: number[]): tf.Tensor =>
        tf.raggedTensorToTensor(
          ints([-1, -1]),
          uniform([3]),
          tf.scalar(0),
          [tf.scalar(2, 'int32'), ints(ids)],
          ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'],
        );
      expect(() => dense([0, 1, 5])).toThrow(/not less than 2/);
      expect(() => dense([0, -1, 1])).toThrow(/not less than 2/);
      expect(() => dense([0, 1])).toThrow(/2 values/);
    });
  });
});
