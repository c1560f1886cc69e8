import { fold, isTesseraError, rootKey, withKey, type Forward } from '@tessera/core';
import { evaluationForward, openEngine, trainingForward, UpdateCollector } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDropPath, pathScales } from './drop-path.ts';
import { vitEncoder } from './vit.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

const forwardOf = (ids: readonly number[], key = rootKey(5)): Forward =>
  trainingForward(new UpdateCollector(), { sampleIds: Int32Array.from(ids), key });
const scales = (rate: number, images: number, forward: Forward, name = 'encoder/blocks.0.drop_path1'): number[] =>
  Array.from(pathScales(name, rate, images, forward));

describe('the draw', () => {
  test('is of probability rate, and what stays is divided by 1 - rate', () => {
    const count = 4000;
    const drawn = scales(0.3, count, forwardOf([...Array(count).keys()]));
    expect(new Set(drawn)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
    expect(drawn.filter((scale) => scale === 0).length / count).toBeCloseTo(0.3, 1);
    // Without bias: the mean of the scales is 1.
    expect(drawn.reduce((a, b) => a + b, 0) / count).toBeCloseTo(1, 1);
  });

  test("belongs to the image: the same in another chunk, order or process, and each view's own", () => {
    const ids = [12, 3, 44, 7, 9, 101];
    const whole = scales(0.5, 18, forwardOf(ids));
    const views = [0, 1, 2].map((view) => whole.slice(6 * view, 6 * view + 6));
    const chunks = [ids.slice(0, 2), ids.slice(2)].map((chunk) => scales(0.5, 3 * chunk.length, forwardOf(chunk)));
    for (const view of [0, 1, 2])
      expect([
        ...(chunks[0] ?? []).slice(2 * view, 2 * view + 2),
        ...(chunks[1] ?? []).slice(4 * view, 4 * view + 4),
      ]).toEqual(views[view]);
    const turned = scales(0.5, 18, forwardOf([...ids].reverse()));
    expect(turned.slice(0, 6).reverse()).toEqual(views[0]);
    const ofRankOne = { ...forwardOf(ids), collective: { ...forwardOf(ids).collective, rank: 1, worldSize: 2 } };
    expect(scales(0.5, 18, ofRankOne)).toEqual(whole);
    expect(new Set(views.map(String)).size).toBe(3);
  });

  test('is another for another step, run of the network or layer', () => {
    const ids = [...Array(64).keys()];
    const drawn = [
      scales(0.5, 64, forwardOf(ids)),
      scales(0.5, 64, forwardOf(ids, fold(rootKey(5), 'next step'))),
      scales(0.5, 64, withKey(forwardOf(ids), 'view', 1)),
      scales(0.5, 64, forwardOf(ids), 'encoder/blocks.0.drop_path2'),
      scales(0.5, 64, forwardOf(ids), 'target/blocks.0.drop_path1'),
    ];
    expect(new Set(drawn.map(String)).size).toBe(drawn.length);
    expect(scales(0.5, 64, forwardOf(ids))).toEqual(drawn[0]);
  });

  test('rows that are no whole views are an error', () => {
    const code = (): string => {
      try {
        scales(0.5, 5, forwardOf([1, 2]));
      } catch (error) {
        return isTesseraError(error) ? error.code : String(error);
      }
      return 'none';
    };
    expect(code()).toBe('E_SAMPLE_IDS');
  });
});

describe('the branch', () => {
  test("all of an image's rows, or none; never in evaluation", () => {
    tf.tidy(() => {
      const branch = tf.add<tf.Tensor2D>(tf.zeros([12, 2]), 1);
      const drop = createDropPath('encoder/layer', 0.5);
      const forward = forwardOf([0, 1, 2, 3]);
      const expected = scales(0.5, 4, forward, 'encoder/layer').flatMap((scale) => Array<number>(6).fill(scale));
      expect([...drop(branch, 4, forward).dataSync()]).toEqual(expected);
      expect(drop(branch, 4, evaluationForward())).toBe(branch);
    });
  });

  test('rates rise from 0 in the first block to that of the last: an image that skips all is as if the last block were not there', () => {
    const context = { key: rootKey(1), inputChannels: 3, scope: 'encoder' };
    const options = { width: 8, depth: 2, heads: 2, patch: 4, image: 8, pool: 'avg' };
    // Weights are drawn by name, so the shallow one is the deep one's first block.
    const deep = vitEncoder.build({ ...options, dropPath: 0.999999 }, context);
    const shallow = vitEncoder.build({ ...options, depth: 1, dropPath: 0.999999 }, context);
    tf.tidy(() => {
      const x = tf.randomUniform<tf.Rank.R4>([2, 8, 8, 3], 0, 1, 'float32', 1);
      const forward = forwardOf([0, 1]);
      const dropped = deep.apply(x, forward).dataSync();
      expect([...dropped]).toEqual([...shallow.apply(x, forward).dataSync()]);
      expect([...dropped]).not.toEqual([...deep.apply(x, evaluationForward()).dataSync()]);
    });
    deep.dispose();
    shallow.dispose();
  });
});
