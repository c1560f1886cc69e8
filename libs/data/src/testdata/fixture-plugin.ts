/** A third party's augmenters, as a worker would import them: nothing here is known to the packages of the project. */
import { appendFileSync, existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { defineAugmenter, definePlugin, fold, stream, type Augmenter } from '@tessera/core';
import { z } from 'zod';
import { blockUntil } from './block.ts';

/** Two resolutions; each view is filled with draws of its own key plus the image's first value, so that any mix-up shows. */
function marks(pixelType: 'float32' | 'uint8'): Augmenter {
  const views = [
    { count: 2, size: 4, channels: 3 },
    { count: 3, size: 2, channels: 3 },
  ];
  return {
    views,
    pixelType,
    sample: (key, batchKey, width, height) => ({
      draws: views.map(({ count }, group) =>
        Array.from({ length: count }, (_, view) => stream(fold(key, group, view)).uniform(0, 100)),
      ),
      batch: stream(batchKey).uniform(0, 100),
      shape: [width, height],
    }),
    apply(image, plan) {
      const { draws, batch } = plan as { readonly draws: readonly (readonly number[])[]; readonly batch: number };
      return views.map(({ count, size, channels }, group) => {
        const length = size * size * channels;
        const values = pixelType === 'float32' ? new Float32Array(count * length) : new Uint8Array(count * length);
        for (let view = 0; view < count; view++)
          values.fill((draws[group]?.[view] ?? 0) + batch + (image.data[0] ?? 0), view * length, (view + 1) * length);
        return values;
      });
    },
    // Crops hold the image's first value, and three parameters tell the draw, the batch's draw and the view.
    device: {
      parameters: views.map(() => 3),
      cut(image, plan, crops, parameters) {
        const { draws, batch } = plan as { readonly draws: readonly (readonly number[])[]; readonly batch: number };
        views.forEach((_, group) => {
          crops[group]?.fill(image.data[0] ?? 0);
          draws[group]?.forEach((draw, view) => parameters[group]?.set([draw, batch, view], view * 3));
        });
      },
      load: () => Promise.reject(new Error('the loader computes no views')),
    },
  };
}

const one = (apply: Augmenter['apply']): Augmenter => ({
  views: [{ count: 1, size: 1, channels: 3 }],
  pixelType: 'uint8',
  sample: () => null,
  apply,
});

/** Ways in which a plugin may take its thread down, the later ones behind the back of whoever called it. */
function crash(how: 'exit' | 'throw' | 'reject' | 'heap'): void {
  if (how === 'exit') process.exit(7);
  if (how === 'throw')
    setImmediate(() => {
      throw new Error('thrown out of a timer');
    });
  if (how === 'reject') void Promise.reject(new Error('nobody caught it'));
  const leak: number[][] = [];
  while (how === 'heap') leak.push(Array.from({ length: 10_000 }, (_, i) => i + leak.length));
}

const nothing = z.strictObject({});

export default definePlugin({
  name: 'fixture-plugin',
  contract: 2,
  extensions: [
    defineAugmenter({
      name: 'marks',
      summary: 'fills views with draws',
      options: z.strictObject({ pixels: z.enum(['float32', 'uint8']).default('float32') }),
      create: ({ pixels }) => marks(pixels),
    }),
    defineAugmenter({
      name: 'first-pixel',
      summary: 'the first pixel of the image',
      options: nothing,
      create: () => one((image) => [Uint8Array.from(image.data.subarray(0, 3))]),
    }),
    defineAugmenter({
      name: 'log',
      summary: 'adds a byte to a file for every image',
      options: z.strictObject({ path: z.string() }),
      create: ({ path }) =>
        one(() => {
          appendFileSync(path, '.');
          return [new Uint8Array(3)];
        }),
    }),
    defineAugmenter({
      name: 'crash',
      summary: 'ends the worker that runs it',
      options: z.strictObject({ how: z.enum(['exit', 'throw', 'reject', 'heap']).default('exit') }),
      create: ({ how }) =>
        one(() => {
          if (isMainThread) throw new Error('not in the main thread');
          crash(how);
          return [new Uint8Array(3)];
        }),
    }),
    defineAugmenter({
      name: 'waits',
      summary: 'does not return before a file is there',
      options: z.strictObject({ path: z.string() }),
      create: ({ path }) =>
        one(() => {
          blockUntil(() => existsSync(path));
          return [new Uint8Array(3)];
        }),
    }),
    defineAugmenter({
      name: 'throws',
      summary: 'has a bug',
      options: nothing,
      create: () =>
        one(() => {
          throw new Error('a bug in apply');
        }),
    }),
    defineAugmenter({
      name: 'short',
      summary: 'returns too few values',
      options: nothing,
      create: () => one(() => [new Uint8Array(2)]),
    }),
    defineAugmenter({
      name: 'environment',
      summary: 'tells whether it runs in a worker, and whether tfjs was loaded there',
      options: nothing,
      create: () =>
        one(() => [
          Uint8Array.of(
            isMainThread ? 1 : 0,
            Reflect.has(globalThis, '_tfengine') || Reflect.has(globalThis, '_tfGlobals') ? 1 : 0,
            0,
          ),
        ]),
    }),
  ],
});
