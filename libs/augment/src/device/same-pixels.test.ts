import { fold, rootKey, type Augmenter, type Json } from '@tessera/core';
import { describeEngines } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { pipelineAugmenter } from '../augmenters/pipeline.ts';
import { simclrAugmenter } from '../augmenters/simclr.ts';
import { swavAugmenter } from '../augmenters/swav.ts';
import { defineViewOp } from '../pipeline/define-view-op.ts';
import { definePipelineAugmenter } from '../pipeline/pipeline-augmenter.ts';
import { deviceViews, hostViews, largestDifference, picture } from '../testdata/both-halves.ts';
import { viewOps } from '../ops/view-ops.ts';

const key = fold(rootKey(3), 'sample');
const images = Array.from({ length: 4 }, (_, i) => picture(40 + 9 * i, 60 - 5 * i, i));

const op = (name: string, options: object = {}, size = 20): Augmenter =>
  pipelineAugmenter.build({ views: [{ count: 3, size, ops: [{ name, probability: 0.7, ...options }] }] }, {});
const jitter = (kind: string, only: object): Augmenter =>
  op('colour-jitter', { kind, brightness: 0, contrast: 0, saturation: 0, hue: 0, ...only });
const swavCrops = [
  { count: 2, size: 40, scale: [0.14, 1] },
  { count: 4, size: 16, scale: [0.05, 0.14] },
];

/** Of values in [0, 1]; float32 in another order of operations. About 8e-7 is seen. */
const ROUNDING = 5e-6;

const ops: readonly (readonly [name: string, augmenter: Augmenter])[] = [
  ['horizontal-flip', op('horizontal-flip')],
  ['grayscale', op('grayscale')],
  ['solarize', op('solarize', { threshold: 100 / 255 })],
  ['rotate', op('rotate')],
  ['cutout', op('cutout', { side: 0.4, fill: 0.25 })],
  ['sobel', op('sobel')],
  ['sobel of one pixel', op('sobel', {}, 1)],
  ['gaussian-blur pil', op('gaussian-blur', { kind: 'pil' })],
  ['gaussian-blur pil, wide', op('gaussian-blur', { kind: 'pil', sigma: [3, 30] }, 9)],
  ['gaussian-blur pil of one pixel', op('gaussian-blur', { kind: 'pil' }, 1)],
  ['gaussian-blur gaussian-reflect', op('gaussian-blur', { kind: 'gaussian-reflect' }, 50)],
  ['gaussian-blur gaussian-reflect of one pixel', op('gaussian-blur', { kind: 'gaussian-reflect' }, 1)],
  ['gaussian-blur gaussian-zero', op('gaussian-blur', { kind: 'gaussian-zero' }, 50)],
  ['gaussian-blur, narrow', op('gaussian-blur', { kind: 'gaussian-reflect', sigma: [0.001, 0.01] }, 40)],
  ...['torchvision', 'google-v1', 'google-v2'].flatMap((kind) => [
    [`${kind} brightness`, jitter(kind, { brightness: 0.8 })] as const,
    [`${kind} contrast`, jitter(kind, { contrast: 0.8 })] as const,
    [`${kind} saturation`, jitter(kind, { saturation: 0.8 })] as const,
    [`${kind} hue`, jitter(kind, { hue: 0.5 })] as const,
    [`${kind} colour-jitter`, op('colour-jitter', { kind })] as const,
  ]),
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
  describe('the same draws give the pixels of the host', () => {
    test.each(ops)('%s', async (_name, augmenter) => {
      const host = hostViews(augmenter, images, key);
      expect(largestDifference(host, await deviceViews(augmenter, images, key))).toBeLessThanOrEqual(ROUNDING);
    });

    test.each(pipelines)('the whole pipeline of %s', async (_name, augmenter) => {
      const host = hostViews(augmenter, images, key);
      expect(largestDifference(host, await deviceViews(augmenter, images, key))).toBeLessThanOrEqual(ROUNDING);
    });
  });

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
    const host = hostViews(augmenter, images, key);
    expect(largestDifference(host, await deviceViews(augmenter, images, key))).toBeLessThanOrEqual(ROUNDING);
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
    const host = hostViews(augmenter, images, key);
    expect(largestDifference(host, await deviceViews(augmenter, images, key))).toBeLessThanOrEqual(ROUNDING);
  });

  it('leaves no tensors and does not touch the crops, whichever ops were drawn', async () => {
    for (const probability of [0, 0.5, 1]) {
      const augmenter = op('grayscale', { probability });
      const before = tf.memory().numTensors;
      await deviceViews(augmenter, images, key);
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});

it('takes bytes for crops where the recipe wants bytes; the ops then round nothing, where the host rounds after each', async () => {
  const augmenter = simclr({ size: 32, pixels: 'uint8' });
  const host = hostViews(augmenter, images, key);
  expect(largestDifference(host, await deviceViews(augmenter, images, key))).toBeLessThan(0.08);
});

it('names the op that keeps views on the host', () => {
  expect(op('gaussian-noise').device).toEqual({ hostOnly: "the op 'gaussian-noise' has no device form" });
});
