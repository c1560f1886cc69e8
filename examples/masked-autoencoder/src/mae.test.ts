import {
  fold,
  rootKey,
  singleProcess,
  type Encoder,
  type Forward,
  type Method,
  type TokenEncoder,
} from '@tessera/core';
import { openEngine, trainingForward, UpdateCollector } from '@tessera/engine';
import { describeEngines, methodContext, testMethod } from '@tessera/testing';
import { inLockStep } from '@tessera/testing/lock-step';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { mae } from './mae.ts';
import { rowsAt } from './patches.ts';
import { randomMask } from './random-mask.ts';
import { slowDecoder, slowLoss, slowNormalised, slowPatchify, type Matrix, type Weights } from './testdata/slow-mae.ts';

const decoder = { width: 8, depth: 1, heads: 2 };

// What every method must hold to, on the kit's own encoder, whose patches are 2 x 2 pixels.
testMethod(mae, {
  options: { decoder },
  views: [{ count: 1, size: 8, channels: 3 }],
  badOptions: { maskRatio: 1, normPixels: 'yes', decoder: { width: 8, heads: 3 } },
});
// Two masks of an image, and a smaller crop of it.
testMethod(mae, {
  options: { decoder, normPixels: false, maskRatio: 0.5 },
  views: [
    { count: 2, size: 8, channels: 3 },
    { count: 1, size: 4, channels: 3 },
  ],
});

/** Numbers without pattern. */
const noise = (seed: number, shape: number[]): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

/** An encoder of patches of 2 x 2 pixels whose class token is something else than its patches; nothing is learnt. */
function patchEncoder(): TokenEncoder {
  const kernel_HWCD = tf.keep(noise(7, [2, 2, 3, 5])) as Tensor4D;
  const tokens: TokenEncoder['tokens'] = (x_BHWC, _forward, keep_BT) => {
    const grid_BHWD = tf.tanh(tf.conv2d(x_BHWC, kernel_HWCD, 2, 'valid'));
    const [images, rows, columns, width] = grid_BHWD.shape;
    const all_BTD = tf.reshape<tf.Rank.R3>(grid_BHWD, [images, rows * columns, width]);
    const kept_BTD = keep_BT ? rowsAt(all_BTD, keep_BT) : all_BTD;
    return tf.concat<Tensor3D>([tf.square(tf.mean<Tensor3D>(kept_BTD, 1, true)), kept_BTD], 1);
  };
  return {
    featureDim: 5,
    prefixTokens: 1,
    tokensOf: (height, width) => (height * width) / 4,
    tokens,
    apply: (x, forward) => tf.mean<Tensor2D>(tokens(x, forward), 1),
    variables: () => [],
    buffers: () => [],
    dispose: () => {
      kernel_HWCD.dispose();
    },
  };
}

function build(options: object, size = 8): Method {
  const views = [{ count: 1, size, channels: 3 }];
  return mae.build(options, methodContext({ encoder: patchEncoder }, { views, batchSize: 3 }));
}

const forwardOf = (ids: readonly number[], step = 0): Forward =>
  trainingForward(new UpdateCollector(), { sampleIds: Int32Array.from(ids), key: fold(rootKey(3), step) });

beforeAll(async () => {
  await openEngine('cpu');
});

describe('the mask', () => {
  const rows = (x: Tensor2D): number[][] => x.arraySync();
  it.each([
    [64, 0.75, 16],
    [49, 0.75, 12],
    [16, 0.6, 6],
  ])('of %i patches at the ratio %f keeps exactly %i, every patch in one half', (tokens, ratio, kept) => {
    tf.tidy(() => {
      const { keep_BK, removed_BR } = randomMask(forwardOf([5, 9, 2]), 3, tokens, ratio);
      expect([keep_BK.shape, removed_BR.shape]).toEqual([
        [3, kept],
        [3, tokens - kept],
      ]);
      rows(keep_BK).forEach((keep, image) => {
        const all = [...keep, ...(rows(removed_BR)[image] ?? [])].sort((a, b) => a - b);
        expect(all).toEqual([...Array(tokens).keys()]);
      });
    });
  });

  it("is the image's own: whatever else is in the batch, and another for every image, view and step", () => {
    tf.tidy(() => {
      const of = (ids: readonly number[], images: number, step = 0) =>
        rows(randomMask(forwardOf(ids, step), images, 64, 0.75).keep_BK);
      const both = of([5, 9, 2], 6); // two views, crop-major
      const alone = of([9], 2);
      expect([both[1], both[4]]).toEqual(alone);
      expect(of([5, 9, 2], 6)).toEqual(both);
      const different = [...both, ...of([5, 9, 2], 3, 1)].map(String);
      expect(new Set(different).size).toBe(9);
    });
  });

  it('takes each patch as often as any other', () => {
    tf.tidy(() => {
      const { keep_BK } = randomMask(forwardOf([...Array(4000).keys()]), 4000, 8, 0.75);
      const counts = Array<number>(8).fill(0);
      for (const place of rows(keep_BK).flat()) counts[place] = (counts[place] ?? 0) + 1;
      // 1000 each, of a binomial with deviation 27.
      for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(5 * 27);
    });
  });
});

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each([
    [true, 0.75],
    [false, 0.5],
  ])('normPixels %s, ratio %f: the loss of the reference code, line by line', (normPixels, maskRatio) => {
    const before = tf.memory().numTensors;
    const method = build({ normPixels, maskRatio, decoder: { width: 8, depth: 2, heads: 2 } });
    const ids = [11, 4, 30];
    const forward = forwardOf(ids);
    tf.tidy(() => {
      const pixels = noise(1, [3, 8, 8, 3]) as Tensor4D;
      // Weights of an order at which everything plays a part.
      method.variables().forEach(({ variable }, i) => {
        variable.assign(tf.mul(noise(20 + i, variable.shape), 0.4));
      });
      const { embeddings, features } = method.embed([{ count: 1, pixels }], forward);
      const { loss } = method.loss(embeddings, {}, forward);

      const weights: Weights = (name) => {
        const found = method.variables().find((variable) => variable.name === name)?.variable;
        return { shape: found?.shape ?? [], values: [...(found?.dataSync() ?? [])] };
      };
      const { keep_BK, removed_BR } = randomMask(forward, 3, 16, maskRatio);
      const encoder = patchEncoder();
      const latent = encoder.tokens(pixels, forward, keep_BK).arraySync() as Matrix[];
      const values = pixels.arraySync();
      const targets = values.map((image) => {
        const patches = slowPatchify((row, column, channel) => image[row]?.[column]?.[channel] ?? NaN, 8, 8, 2);
        return normPixels ? patches.map(slowNormalised) : patches;
      });
      const orders = keep_BK.arraySync().map((keep, n) => [...keep, ...(removed_BR.arraySync()[n] ?? [])]);
      const restores = orders.map((order) => order.map((_, patch) => order.indexOf(patch)));
      const answers = restores.map((restore, n) =>
        slowDecoder(weights, latent[n] ?? [], restore, { side: 4, depth: 2, heads: 2 }),
      );
      const mask = restores.map((restore) => restore.map((place) => (place < keep_BK.shape[1] ? 0 : 1)));
      const expected = slowLoss(answers, targets, mask);
      expect(expected).toBeGreaterThan(0.5);
      expect(Math.abs((loss.dataSync()[0] ?? NaN) / expected - 1)).toBeLessThan(1e-5);
      features[0]?.arraySync().forEach((row, n) => {
        expect(row).toEqual((latent[n]?.[0] ?? []).map((value) => expect.closeTo(value, 5) as number));
      });
      encoder.dispose();
    });
    method.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('method mae', () => {
  it('on two ranks has the loss of both', () => {
    tf.tidy(() => {
      const method = build({ decoder });
      const pixels = noise(2, [4, 8, 8, 3]) as Tensor4D;
      const lossOf = (from: number, count: number, collective = singleProcess): number => {
        const ids = [3, 1, 4, 15].slice(from, from + count);
        const forward = { ...forwardOf(ids), collective };
        const part = tf.slice(pixels, [from, 0, 0, 0], [count, 8, 8, 3]);
        const { embeddings } = method.embed([{ count: 1, pixels: part }], forward);
        return method.loss(embeddings, {}, forward).loss.dataSync()[0] ?? NaN;
      };
      const whole = lossOf(0, 4);
      for (const loss of inLockStep([0, 2], (from, collective) => lossOf(from, 2, collective)))
        expect(loss).toBeCloseTo(whole, 5);
      expect((lossOf(0, 2) + lossOf(2, 2)) / 2).toBeCloseTo(whole, 5);
      method.dispose();
    });
  });

  it('refuses an encoder without tokens, views whose patches differ, masks that leave or take nothing', () => {
    const encoder = patchEncoder();
    const plain: Encoder = {
      featureDim: 5,
      apply: (x, forward) => encoder.apply(x, forward),
      variables: () => [],
      buffers: () => [],
      dispose: () => {
        encoder.dispose();
      },
    };
    const views = [{ count: 1, size: 8, channels: 3 }];
    const context = methodContext({ encoder: () => plain }, { views, batchSize: 3 });
    expect(() => mae.build({ decoder }, context)).toThrow(/mae reads the tokens of its encoder/);
    expect(() => build({ decoder, maskRatio: 0.99 })).toThrow(/0 of the 16 patches of a view of 8 pixels are kept/);
    expect(() => build({ decoder, maskRatio: 0.01 }, 2)).toThrow(/0 of the 1 patches/);
    const odd = methodContext({ encoder: () => ({ ...patchEncoder(), tokensOf: () => 3 }) }, { views, batchSize: 3 });
    expect(() => mae.build({ decoder }, odd)).toThrow(/3 of 8 pixels\) that are not all patches of one side/);
  });
});
