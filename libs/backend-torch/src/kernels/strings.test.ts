import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSame, runKernel, status, suffix, useTorch } from '../testing/compare.ts';

const words = (): tf.Tensor2D =>
  tf.tensor2d(
    [
      ['müde', '', 'aber'],
      ['froh', 'müde', 'Öl'],
    ],
    [2, 3],
    'string',
  );

/** tf.gather itself refuses strings; its kernel does not. */
const gather = (x: tf.Tensor, indices: number[], axis: number): tf.Tensor =>
  runKernel(tf.GatherV2, { x, indices: tf.tensor1d(indices, 'int32') }, { axis, batchDims: 0 })[0] as tf.Tensor;

describe.skipIf(!status.available)(`strings equal tfjs cpu${suffix}`, () => {
  beforeAll(useTorch);

  it('move like numbers', async () => {
    await expectSame(() => tf.concat([words(), words()], 1));
    await expectSame(() => tf.tile(words(), [2, 1]));
    await expectSame(() => gather(words(), [1, 0, 1], 1));
    await expectSame(() => tf.unstack(words(), 1));
    await expectSame(() => tf.slice(words(), [0, 1], [2, 2]));
    await expectSame(() => tf.reshape(words(), [3, 2]));
    tf.tidy(() => {
      expect(runKernel(tf.ZerosLike, { x: words() })[0]?.dataSync()).toEqual(Array(6).fill(''));
    });
  });

  it('compare by their bytes, also with a broadcast scalar', async () => {
    for (const compare of [tf.equal, tf.notEqual, tf.less, tf.greaterEqual])
      await expectSame(() => compare(words(), tf.scalar('froh')));
  });

  it('unique keeps the first of equals', async () => {
    await expectSame(() => {
      const { values, indices } = tf.unique(tf.reshape(words(), [-1]));
      return [values, indices];
    });
  });

  it('bytes that are no UTF-8 survive being moved', () => {
    const bytes = [Uint8Array.of(255), Uint8Array.of(254)];
    const before = tf.memory().numTensors;
    const x = tf.tensor1d(bytes, 'string');
    const y = tf.tidy(() => gather(x, [1, 0], 0));
    expect(tf.backend().readSync(y.dataId)).toEqual([Uint8Array.of(254), Uint8Array.of(255)]);
    tf.dispose([x, y]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('splits, n-grams, hashes, replacements', async () => {
    const line = (): tf.Tensor1D => tf.tensor1d(['a b  c', '', 'dd-e'], 'string');
    for (const skipEmpty of [true, false]) {
      for (const by of [' ', ' -', ''])
        await expectSame(() => Object.values(tf.string.stringSplit(line(), tf.scalar(by), skipEmpty)));
    }
    for (const [widths, pad, preserve] of [
      [[1, 3], 0, false],
      [[2], -1, false],
      [[4, 5], 1, true],
    ] as const) {
      const tokens = (): tf.Tensor1D => tf.tensor1d(['u', 'v', 'w', 'x', 'y', 'z'], 'string');
      await expectSame(() =>
        Object.values(
          tf.string.stringNGrams(
            tokens(),
            tf.tensor1d([0, 4, 4, 6], 'int32'),
            '|',
            [...widths],
            'L',
            'R',
            pad,
            preserve,
          ),
        ),
      );
    }
    await expectSame(() => tf.string.stringToHashBucketFast(words(), 1000));
    await expectSame(() => tf.string.staticRegexReplace(words(), '[aeiou]', '<$&>'));
  });

  it('a kernel for numbers says that it does not take strings', () => {
    tf.tidy(() => {
      expect(() => runKernel(tf.Relu, { x: words() })).toThrow(/string/);
    });
  });
});
