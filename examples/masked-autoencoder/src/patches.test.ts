import { openEngine } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { normalisedPatches, patchify, rowsAt, unpatchify } from './patches.ts';
import { sinCosPositions } from './sin-cos-positions.ts';
import { slowNormalised, slowPatchify } from './testdata/slow-mae.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each([
    [8, 8, 4],
    [6, 4, 2],
    [3, 6, 3],
  ])('patches of %i x %i pixels, a side of %i, are those of the reference, and go back', (height, width, side) => {
    tf.tidy(() => {
      const images = tf.randomNormal<tf.Rank.R4>([2, height, width, 3], 0, 1, 'float32', 5);
      const values = images.arraySync();
      const patches = patchify(images, side);
      const expected = values.map((image) =>
        slowPatchify((row, column, channel) => image[row]?.[column]?.[channel] ?? NaN, height, width, side),
      );
      expect(patches.arraySync()).toEqual(expected);
      expect(unpatchify(patches, side, height / side).arraySync()).toEqual(values);
    });
  });

  it('normalised, each by its own pixels; a patch of one colour stays finite', () => {
    tf.tidy(() => {
      const patches = tf.randomUniform<tf.Rank.R3>([2, 3, 12], 0, 1, 'float32', 6);
      const got = normalisedPatches(patches).arraySync();
      patches.arraySync().forEach((image, n) => {
        image.forEach((patch, t) => {
          expect(got[n]?.[t]).toEqual(slowNormalised(patch).map((value) => expect.closeTo(value, 4) as number));
        });
      });
      expect(normalisedPatches(tf.fill([1, 1, 12], 0.3)).arraySync()[0]?.[0]).toEqual(
        Array(12).fill(expect.closeTo(0, 3)),
      );
    });
  });
});

describe('rows', () => {
  it('of each image its own, with a gradient', () => {
    tf.tidy(() => {
      const table = tf.tensor3d([[[1], [2], [3]], [[4], [5], [6]]]); // prettier-ignore
      const places = tf.tensor2d([2, 0, 1, 1], [2, 2], 'int32');
      expect(rowsAt(table, places).arraySync()).toEqual([[[3], [1]], [[5], [5]]]); // prettier-ignore
      const gradient = tf.grad((x) => tf.sum(tf.square(rowsAt(x as Tensor3D, places))))(table);
      expect(gradient.arraySync()).toEqual([[[2], [0], [6]], [[0], [20], [0]]]); // prettier-ignore
    });
  });
});

describe('positions', () => {
  it('are those of facebookresearch/mae', () => {
    // util/pos_embed.py, get_2d_sincos_pos_embed(8, 2); NumPy 2, rounded.
    const [a, b, c] = [0.841471, 0.0099998, [0.5403023, 0.99995]] as const;
    const expected = [
      [0, 0, 1, 1, 0, 0, 1, 1],
      [a, b, ...c, 0, 0, 1, 1],
      [0, 0, 1, 1, a, b, ...c],
      [a, b, ...c, a, b, ...c],
    ];
    tf.tidy(() => {
      expect(sinCosPositions(2, 2, 8).arraySync()).toEqual(
        expected.map((row) => row.map((value) => expect.closeTo(value, 6) as number)),
      );
      expect(sinCosPositions(2, 3, 8).shape).toEqual([6, 8]);
    });
  });
});
