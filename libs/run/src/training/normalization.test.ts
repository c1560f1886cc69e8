import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineEncoder, definePlugin, Registry } from '@tessera/core';
import { resnetEncoder } from '@tessera/models';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { builtins } from '@tessera/builtins';
import { prepared, temporaryFolder, tinySimclr } from '../testing/tiny.ts';
import { pretrain } from './pretrain.ts';

const COLOUR = [51, 102, 204] as const;
const normalize = { mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 0.2] };

/** A small ResNet that notes the largest and smallest value of each channel that it is given. */
function watcher(seen: { readonly training: boolean; readonly low: number[]; readonly high: number[] }[]) {
  return definePlugin({
    name: 'watcher',
    contract: 2,
    extensions: [
      defineEncoder({
        name: 'watcher',
        summary: 'notes what it is given',
        options: z.strictObject({}),
        create: (_options, context) => {
          const inner = resnetEncoder.build({ blocks: [1, 1, 1, 1], width: 2, stem: 'cifar' }, context);
          return {
            featureDim: inner.featureDim,
            variables: () => inner.variables(),
            buffers: () => inner.buffers(),
            apply: (x_BHWC, forward) => {
              const [low, high] = tf.tidy(() => {
                const axes = [0, 1, 2];
                return [tf.min(x_BHWC, axes), tf.max(x_BHWC, axes)].map((x) => [...x.dataSync()]);
              });
              seen.push({ training: forward.training, low: low ?? [], high: high ?? [] });
              return inner.apply(x_BHWC, forward);
            },
            dispose: () => {
              inner.dispose();
            },
          };
        },
      }),
    ],
  });
}

it('trap 29: training and evaluation subtract the same mean and divide by the same deviation', async () => {
  const path = temporaryFolder();
  const [r, g, b] = COLOUR;
  for (const split of ['train', 'test']) {
    mkdirSync(join(path, split, 'one'), { recursive: true });
    for (let i = 0; i < 8; i++)
      await sharp({ create: { width: 8, height: 8, channels: 3, background: { r, g, b } } })
        .png()
        .toFile(join(path, split, 'one', `${i}.png`));
  }
  const seen: { readonly training: boolean; readonly low: number[]; readonly high: number[] }[] = [];
  // Without colour ops, every view of an image of one colour has that colour.
  const augmenter = {
    name: 'simclr',
    options: { size: 8, jitterProbability: 0, grayscaleProbability: 0, blur: 'none' },
  };
  const sound = await prepared({
    ...tinySimclr,
    data: { source: 'folder', path, workers: 0, normalize },
    augmenter,
    trainer: { ...tinySimclr.trainer, epochs: 1 },
    evaluation: [{ name: 'knn' }],
  });
  await pretrain(
    {
      ...sound,
      registry: new Registry([...builtins.map(({ plugin }) => plugin), watcher(seen)]),
      recipe: { ...sound.recipe, encoder: { name: 'watcher', options: {} } },
    },
    { out: join(path, 'run') },
  );
  expect(new Set(seen.map(({ training }) => training))).toEqual(new Set([true, false]));
  const expected = COLOUR.map((value, c) => (value / 255 - (normalize.mean[c] ?? NaN)) / (normalize.std[c] ?? NaN));
  for (const { low, high } of seen)
    expected.forEach((value, c) => {
      expect(low[c]).toBeCloseTo(value, 5);
      expect(high[c]).toBeCloseTo(value, 5);
    });
});
