import type { Augmenter, Json } from '@tessera/core';
import { describeEngines } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it, test } from 'vitest';
import { z } from 'zod';
import { pipelineAugmenter } from '../augmenters/pipeline.ts';
import { simclrAugmenter } from '../augmenters/simclr.ts';
import { swavAugmenter } from '../augmenters/swav.ts';
import { defineViewOp } from '../pipeline/define-view-op.ts';
import { definePipelineAugmenter } from '../pipeline/pipeline-augmenter.ts';
import { deviceViews, hostViews, largestDifference } from '../testdata/both-halves.ts';
import { expectHostPixels, imageKey, pictures, viewsWith } from '../testdata/like-host.ts';
import { viewOps } from '../ops/view-ops.ts';

const swavCrops = [
  { count: 2, size: 40, scale: [0.14, 1] },
  { count: 4, size: 16, scale: [0.05, 0.14] },
];

const simclr = (options: Json): Augmenter => simclrAugmenter.build(options, {});
const pipelines: readonly (readonly [name: string, augmenter: Augmenter])[] = [
  ['SimCLR', simclr({ size: 48 })],
  ['SimCLR on CIFAR', simclr({ size: 32, cropScale: [0.2, 1], strength: 0.5, blur: 'none' })],
  ['SimCLR v1 (google)', simclr({ size: 48, jitter: 'google-v1', blur: 'gaussian-zero' })],
  ['SimCLR v2 (google)', simclr({ size: 48, jitter: 'google-v2', blur: 'gaussian-zero' })],
  ['SwAV', swavAugmenter.build({ crops: swavCrops, blur: 'gaussian-reflect' }, {})],
  ['SwAV with PIL blur', swavAugmenter.build({ crops: swavCrops }, {})],
];

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  test.each(pipelines)(
    'the whole pipeline of %s: the same draws give the pixels of the host',
    async (_name, augmenter) => {
      await expectHostPixels(augmenter);
    },
  );

  it('keeps views of one size with different ops apart', async () => {
    const augmenter = pipelineAugmenter.build(
      {
        views: [
          { count: 2, size: 12, ops: [{ name: 'grayscale' }] },
          { size: 12, ops: [{ name: 'rotate' }, { name: 'gaussian-blur' }] },
          { size: 12 },
          { size: 8, ops: [{ name: 'horizontal-flip' }] },
        ],
      },
      {},
    );
    expect(augmenter.views.map(({ count }) => count)).toEqual([4, 1]);
    await expectHostPixels(augmenter);
  });

  it('runs an op of another package by its own kernel, with its own numbers', async () => {
    const fade = defineViewOp({
      name: 'fade',
      options: z.strictObject({}),
      create: () => ({
        sample: ({ random }) => ({ share: random.uniform() }),
        apply: (pixels, _size, { share }: { readonly share: number }) => {
          pixels.forEach((value, i) => (pixels[i] = share * value));
        },
        device: {
          width: 1,
          write: ({ share }, _size, out) => {
            out[0] = share;
          },
          load: () =>
            Promise.resolve((pixels_BHWC, share_B) =>
              tf.mul(pixels_BHWC, tf.tensor4d(share_B, [share_B.length, 1, 1, 1])),
            ),
        },
      }),
    });
    const views = [{ count: 2, size: 12, ops: [{ name: 'rotate' }, { name: 'fade', probability: 0.6 }] }];
    const augmenter = definePipelineAugmenter('mine', [...viewOps, fade]).build({ views }, {});
    await expectHostPixels(augmenter);
  });

  it('leaves no tensors and does not touch the crops, whichever ops were drawn', async () => {
    for (const probability of [0, 0.5, 1]) {
      const augmenter = viewsWith('grayscale', { probability });
      const before = tf.memory().numTensors;
      await deviceViews(augmenter, pictures, imageKey);
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});

it('takes bytes for crops where the recipe wants bytes; the ops then round nothing, where the host rounds after each', async () => {
  const augmenter = simclr({ size: 32, pixels: 'uint8' });
  const host = hostViews(augmenter, pictures, imageKey);
  expect(largestDifference(host, await deviceViews(augmenter, pictures, imageKey))).toBeLessThan(0.08);
});

it('names the op that keeps views on the host', () => {
  expect(viewsWith('gaussian-noise').device).toEqual({ hostOnly: "the op 'gaussian-noise' has no device form" });
});
