import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Objective, ViewGroup, ViewSpec } from '@tessera/core';
import { evaluationForward, openEngine } from '@tessera/engine';
import { ntXentObjective } from '@tessera/losses';
import { beforeAll, describe, expect, it } from 'vitest';
import { simclr } from './simclr/simclr.ts';
import { swav } from './swav/swav.ts';
import { swavObjective } from './swav/swav-objective.ts';
import { stepOf, methodContext, objectiveContext, toyEncoder, toyHead, toyStep, toyViews } from './testdata/toy.ts';

const B = 8;
const twoViews: readonly ViewSpec[] = [{ count: 2, size: 4, channels: 6 }];
const multiCrop: readonly ViewSpec[] = [
  { count: 2, size: 4, channels: 6 },
  { count: 3, size: 2, channels: 6 },
];
const contrastive = (): Objective => ntXentObjective.build({ temperature: 0.2 }, objectiveContext(twoViews, B));
const clustering = (options: object = {}): Objective =>
  swavObjective.build(
    { prototypes: 8, freezeSteps: 2, queue: { length: 16, fromStep: 4 }, ...options },
    objectiveContext(multiCrop, B),
  );

beforeAll(async () => {
  await openEngine('cpu');
});

describe('siamese', () => {
  it('trap 20: one encoder pass a resolution, one head pass over all crops, views in order', () => {
    const parts = { encoder: toyEncoder(), head: toyHead() };
    const method = swav.build(
      {},
      methodContext(multiCrop, B, () => clustering(), parts),
    );
    const views = toyViews(multiCrop, B, 0);
    const { features, embeddings } = method.embed(views, evaluationForward());
    expect(parts.encoder.calls).toEqual([2 * B, 3 * B]);
    expect(parts.head.calls).toEqual([5 * B]);
    expect(features.map(({ shape }) => shape)).toEqual(Array.from({ length: 5 }, () => [B, 8]));
    expect(embeddings['online']?.map(({ shape }) => shape)).toEqual(Array.from({ length: 5 }, () => [B, 4]));

    // The fourth view is the second small crop.
    const [, small] = views;
    if (!small) throw new Error('no small crops');
    const alone = parts.encoder.apply(tf.slice(small.pixels, [B, 0, 0, 0], [B, -1, -1, -1]), evaluationForward());
    expect([...(features[3]?.dataSync() ?? [])]).toEqual([...alone.dataSync()]);
  });

  it('trap 39: gradients of embeddings, made in parts, are those of the whole batch, negatives and codes included', () => {
    for (const objective of [contrastive(), clustering({ queue: null })]) {
      const method = simclr.build(
        {},
        methodContext(multiCrop, B, () => objective),
      );
      const views = toyViews(multiCrop, B, 0);
      const forward = evaluationForward();
      const weights = method
        .variables()
        .filter(({ role }) => role !== 'prototype')
        .map(({ variable }) => variable);
      const embed = (part: readonly ViewGroup[]) => method.embed(part, forward).embeddings['online'] ?? [];
      const lossOf = (z: readonly Tensor2D[]) => method.loss({ online: z }, {}, forward).loss;
      const whole = tf.variableGrads(() => lossOf(embed(views)), weights).grads;

      // Gradient caching: embeddings without a tape, the gradient of the loss to them, then each part's own way back.
      const dz = tf.grads((...z: Tensor[]) => lossOf(z as Tensor2D[]))(embed(views).map((z) => z.clone()));
      const halves = [0, B / 2].map((from) => {
        const part = views.map(({ count, pixels }) => ({
          count,
          pixels: tf.concat<Tensor4D>(tf.split<Tensor4D>(pixels, count).map((view) => tf.slice(view, [from], [B / 2]))),
        }));
        return tf.variableGrads(() => {
          const terms = embed(part).map((z, v) =>
            tf.sum<Scalar>(tf.mul(z, tf.slice(dz[v] as Tensor2D, [from, 0], [B / 2, -1]))),
          );
          return tf.addN(terms);
        }, weights).grads;
      });
      for (const { name } of weights) {
        const want = whole[name];
        if (!want) throw new Error(`no gradient of ${name}`);
        const got = tf.addN(halves.map((grads) => grads[name] as Tensor));
        const scale = tf.max(tf.abs(want)).dataSync()[0] ?? NaN;
        expect(tf.max(tf.abs(tf.sub(got, want))).dataSync()[0]).toBeLessThan(1e-5 * Math.max(scale, 1e-3));
      }
    }
  });

  it('lists the variables of all parts and frees them', () => {
    const before = tf.memory().numTensors;
    const method = swav.build(
      {},
      methodContext(multiCrop, B, () => clustering()),
    );
    expect(method.variables().map(({ name }) => name)).toEqual([
      'encoder/weight',
      'head/weight',
      'objective/prototypes',
    ]);
    method.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('training on a toy problem', () => {
  const train = (method: ReturnType<typeof simclr.build>, specs: readonly ViewSpec[], steps: number, rate: number) => {
    const tensors: number[] = [];
    const losses = Array.from({ length: steps }, (_, step) => {
      const views = toyViews(specs, B, step);
      const loss = toyStep(method, views, stepOf(B, step), rate);
      tf.dispose(views.map(({ pixels }) => pixels));
      tensors.push(tf.memory().numTensors);
      return loss;
    });
    const mean = (part: number[]) => part.reduce((a, b) => a + b, 0) / part.length;
    return {
      first: mean(losses.slice(0, 5)),
      last: mean(losses.slice(-5)),
      losses,
      leaked: Math.max(...tensors) - Math.min(...tensors),
    };
  };
  const clean = <T>(run: () => T): T => {
    tf.engine().startScope();
    try {
      return run();
    } finally {
      tf.engine().endScope();
    }
  };

  it('simclr learns and leaks nothing', () => {
    clean(() => {
      const method = simclr.build({}, methodContext(twoViews, B, contrastive));
      const { first, last, leaked } = train(method, twoViews, 60, 1);
      expect(last).toBeLessThan(0.8 * first);
      expect(leaked).toBe(0);
    });
  });

  it('swav learns with multi-crop, queue and freezing, and leaks nothing', () => {
    clean(() => {
      const method = swav.build(
        {},
        methodContext(multiCrop, B, () => clustering()),
      );
      const { first, last, leaked } = train(method, multiCrop, 60, 0.5);
      expect(last).toBeLessThan(0.8 * first);
      expect(leaked).toBe(0);
      expect(method.epochMetrics?.()['prototypeUsageEntropy']).toBeGreaterThan(0.5);
    });
  });

  it('frozen prototypes only turn to unit length', () => {
    clean(() => {
      const method = swav.build(
        {},
        methodContext(multiCrop, B, () => clustering({ freezeSteps: 1 })),
      );
      const values = () => [...(method.variables()[2]?.variable.dataSync() ?? [])];
      method.beforeStep?.(stepOf(B, 0).progress);
      const before = values();
      toyStep(method, toyViews(multiCrop, B, 0), stepOf(B, 0), 0.5);
      values().forEach((value, i) => {
        expect(value).toBeCloseTo(before[i] ?? NaN, 6);
      });
      toyStep(method, toyViews(multiCrop, B, 1), stepOf(B, 1), 0.5);
      expect(values()).not.toEqual(before);
    });
  });
});

it('names its parts and those of the run', () => {
  for (const { parts, defaults } of [simclr, swav]) {
    expect(Object.keys(parts)).toEqual(['encoder', 'head', 'objective']);
    expect(Object.keys(defaults).sort()).toEqual(['augmenter', 'optimizer', 'schedule']);
  }
});
