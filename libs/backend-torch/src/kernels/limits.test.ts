import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { TorchBackendError } from '../errors.ts';
import { runKernel, status, suffix, useTorch } from '../testing/compare.ts';

const tooMuch = expect.objectContaining({ code: 'TORCH_OUT_OF_MEMORY' }) as unknown;
const ints = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');

// At the end of its heap V8 ends the process: no error, nothing to catch.
describe.skipIf(!status.available)(`what kernels make in JavaScript is limited${suffix}`, () => {
  beforeAll(useTorch);

  it('a million tensors from one call are refused before the heap ends the process', () => {
    tf.tidy(() => {
      const x = tf.zeros([1 << 20]);
      expect(() => tf.unstack(x)).toThrow(tooMuch);
      expect(() => tf.split(x, 1 << 20)).toThrow(tooMuch);
      expect(tf.split(x, 4)).toHaveLength(4);
    });
  });

  describe('what would be more than the heap holds, or take hours, is refused before it begins', () => {
    const grams = { separator: '|', leftPad: '', rightPad: '', padWidth: -1, preserveShortSequences: true };

    it.each<[string, string, () => object, object]>([
      [
        'a million n-grams of a million pads',
        tf.StringNGrams,
        () => ({ data: tf.tensor1d(['a']), dataSplits: ints([0, 1]) }),
        { ...grams, nGramWidths: [1 << 20] },
      ],
      [
        'five million letters as strings of their own',
        tf.StringSplit,
        () => ({ input: tf.tensor1d(['a'.repeat(5 << 20)]), delimiter: tf.scalar('') }),
        { skipEmpty: false },
      ],
      [
        'many copies of a string',
        tf.BroadcastTo,
        () => ({ x: tf.tensor1d(['a']) }),
        { shape: [(1 << 24) + 1], inputShape: [1] },
      ],
      [
        'a long row picked a thousand times',
        tf.RaggedGather,
        () => ({
          paramsNestedSplits: [ints([0, 1 << 20])],
          paramsDenseValues: tf.zeros([1 << 20]),
          indices: tf.zeros([1000], 'int32'),
        }),
        { outputRaggedRank: 1 },
      ],
      [
        'rows that end far behind the values',
        tf.RaggedTensorToTensor,
        () => ({
          shape: tf.scalar(-1, 'int32'),
          values: tf.zeros([2]),
          defaultValue: tf.scalar(0),
          rowPartitionTensors: [ints(Array.from({ length: 128 }, (_, i) => i * 2 ** 24))],
        }),
        { rowPartitionTypes: ['ROW_SPLITS'] },
      ],
      [
        'indices that take no memory, to ones that do',
        tf.SparseReshape,
        () => ({
          inputIndices: tf.zeros([2 ** 31, 0], 'int32'),
          inputShape: tf.zeros([0], 'int32'),
          newShape: tf.ones([1], 'int32'),
        }),
        {},
      ],
      [
        'a hundred million rows to be filled',
        tf.SparseFillEmptyRows,
        () => ({
          indices: tf.zeros([1, 1], 'int32'),
          values: tf.zeros([1]),
          denseShape: ints([1e8]),
          defaultValue: tf.scalar(0),
        }),
        {},
      ],
    ])('%s', (_, kernel, inputs, attrs) => {
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        expect(() => runKernel(kernel, inputs() as never, attrs as never)).toThrow(tooMuch);
      });
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  it('a million empty rows are filled in typed arrays, not in a list each', () => {
    tf.tidy(() => {
      const [indices, values, empty, places] = runKernel(
        tf.SparseFillEmptyRows,
        {
          indices: tf.tensor2d([[7, 3], [2, 1], [7, 0]], [3, 2], 'int32'), // prettier-ignore
          values: tf.tensor1d([5, 6, 7]),
          denseShape: tf.tensor1d([1e6, 4], 'int32'),
          defaultValue: tf.scalar(9),
        },
        {},
      );
      expect(indices?.shape).toEqual([1e6 + 1, 2]);
      expect(Array.from(values?.dataSync().slice(0, 10) ?? [])).toEqual([9, 9, 6, 9, 9, 9, 9, 5, 7, 9]);
      expect(Array.from(indices?.dataSync().slice(12, 20) ?? [])).toEqual([6, 0, 7, 3, 7, 0, 8, 0]);
      expect(empty?.dataSync().filter(Boolean)).toHaveLength(1e6 - 2);
      expect(Array.from(places?.dataSync() ?? [])).toEqual([7, 2, 8]);
    });
  });

  it('shapes of very many axes', () => {
    tf.tidy(() => {
      const many = tf.ones([1 << 20], 'int32');
      expect(() => runKernel(tf.BroadcastArgs, { s0: many, s1: tf.ones([3], 'int32') })).toThrow(
        expect.objectContaining({ code: 'TORCH_BAD_ARGUMENT' }) as unknown,
      );
    });
  });

  it('a message with a long shape in it is cut', () => {
    expect(new TorchBackendError('TORCH_BAD_ARGUMENT', '1,'.repeat(1e5)).message.length).toBeLessThan(1100);
  });
});
