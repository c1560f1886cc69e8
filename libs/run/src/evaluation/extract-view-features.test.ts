import { rootKey, type ViewGroup } from '@tessera/core';
import { evaluationForward, openEngine } from '@tessera/engine';
import { resnetEncoder } from '@tessera/models';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { extractViewFeatures, type ViewBatch } from './extract-view-features.ts';

const COUNT = 5;
/** Pixels of a view, [COUNT, size, size, 3]. */
const view = (seed: number, size: number): Tensor4D => tf.randomUniform([COUNT, size, size, 3], 0, 1, 'float32', seed);
/** Two views of 8 pixels and one of 6. */
const VIEWS = [
  [1, 8],
  [2, 8],
  [3, 6],
] as const;
let released = 0;

/** Batches of so many images each, crop-major, the resolutions apart. */
async function* batches(sizes: readonly number[]): AsyncGenerator<ViewBatch> {
  let start = 0;
  for (const size of sizes) {
    const pixels = tf.tidy(() => {
      const [a, b, c] = VIEWS.map(([seed, side]): Tensor4D => tf.slice(view(seed, side), start, size));
      return a && b && c ? [tf.concat([a, b]), c] : [];
    });
    const groups = pixels.map((group, i): ViewGroup => ({ count: i === 0 ? 2 : 1, pixels: group }));
    start += size;
    yield await Promise.resolve({
      groups,
      images: size,
      release: () => {
        released++;
      },
    });
  }
}

beforeAll(async () => {
  await openEngine('cpu');
});

describe('extractViewFeatures', () => {
  it.each([1, 2, 3])(
    'gives the first %i views, image by image, whatever the batches, and leaves nothing',
    async (views) => {
      const start = tf.memory().numTensors;
      released = 0;
      const options = { blocks: [1, 1, 1, 1], width: 2, stem: 'cifar' };
      const encoder = resnetEncoder.build(options, { key: rootKey(0), inputChannels: 3, scope: 'encoder' });
      const settings = { forward: evaluationForward(), size: COUNT + 2, views };
      const features = await extractViewFeatures(encoder, batches([2, 1, 2]), settings);
      expect(features.map(({ shape }) => shape)).toEqual(
        Array.from({ length: views }, () => [COUNT, encoder.featureDim]),
      );
      for (const [i, h_ND] of features.entries()) {
        const [seed, size] = VIEWS[i] ?? VIEWS[0];
        const largest = tf.tidy(() => {
          const alone_ND: Tensor2D = encoder.apply(view(seed, size), evaluationForward());
          return tf.max(tf.abs(tf.sub(h_ND, alone_ND))).dataSync()[0];
        });
        expect(largest).toBeLessThan(1e-6);
      }
      expect(released).toBe(3);
      tf.dispose(features);
      encoder.dispose();
      expect(tf.memory().numTensors).toBe(start);
    },
  );

  it('gives nothing of no batch', async () => {
    const encoder = resnetEncoder.build(
      { blocks: [1, 1, 1, 1], width: 2, stem: 'cifar' },
      { key: rootKey(0), inputChannels: 3, scope: 'encoder' },
    );
    const settings = { forward: evaluationForward(), size: COUNT, views: 2 };
    expect(await extractViewFeatures(encoder, batches([]), settings)).toEqual([]);
    encoder.dispose();
  });
});
