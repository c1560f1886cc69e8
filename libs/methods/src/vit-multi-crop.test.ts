/** A ViT under multi-crop: positions are interpolated for every resolution, and draws of drop-path are an image's. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { rootKey, type Embeddings, type Forward, type Method, type ViewGroup, type ViewSpec } from '@tessera/core';
import { evaluationForward, openEngine, trainingForward, UpdateCollector } from '@tessera/engine';
import { ntXentObjective } from '@tessera/losses';
import { mlpHead, vitEncoder } from '@tessera/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { simclr } from './simclr/simclr.ts';
import { methodContext, objectiveContext, stepOf, toyStep, toyViews } from './testdata/toy.ts';

const B = 4;
const channels = 6;
const crops: readonly ViewSpec[] = [
  { count: 2, size: 8, channels },
  { count: 1, size: 6, channels },
  { count: 2, size: 4, channels },
];

function methodOf(options: object = {}): Method {
  const key = rootKey(0);
  const encoder = vitEncoder.build(
    { width: 12, depth: 2, heads: 3, patch: 2, image: 8, mlpRatio: 2, ...options },
    { key, scope: 'encoder', inputChannels: channels },
  );
  const head = mlpHead.build(
    { layers: 2, hidden: 8, out: 4 },
    { key, scope: 'head', inDim: encoder.featureDim, data: { size: B } },
  );
  const objective = () => ntXentObjective.build({ temperature: 0.2 }, objectiveContext(crops, B));
  return simclr.build({}, methodContext(crops, B, objective, { encoder, head }));
}

const difference = (a: Tensor, b: Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] ?? NaN;
const online = ({ online: views = [] }: Embeddings): readonly Tensor[] => views;

beforeAll(async () => {
  await openEngine('cpu');
});

describe.each(['timm', 'dino'])('%s positions', (interpolation) => {
  it('gives every crop of every size what it gives the crop alone', () => {
    const method = methodOf({ interpolation });
    const views = toyViews(crops, B, 0);
    const { features } = method.embed(views, evaluationForward());
    expect(features.map(({ shape }) => shape)).toEqual(Array.from({ length: 5 }, () => [B, 12]));
    const alone = views.flatMap(({ count, pixels }) =>
      tf.split<Tensor4D>(pixels, count).map((crop) => method.representation.apply(crop, evaluationForward())),
    );
    features.forEach((h_BD, view) => {
      expect(difference(h_BD, alone[view] as Tensor)).toBeLessThan(1e-5);
    });
    method.dispose();
  });

  it('learns from five crops of three resolutions, and leaves no tensors', () => {
    const method = methodOf({ interpolation, pool: 'avg', dropPath: 0.2 });
    const views = toyViews(crops, B, 0);
    const step = (n: number): number => toyStep(method, views, stepOf(B, n), 0.05);
    const losses = [step(0)];
    const before = tf.memory().numTensors;
    for (let n = 1; n < 20; n++) losses.push(step(n));
    expect(tf.memory().numTensors).toBe(before);
    expect(Math.min(...losses.slice(-5))).toBeLessThan(losses[0] ?? NaN);
    method.dispose();
  });
});

describe('drop-path', () => {
  const ids = Int32Array.of(11, 5, 40, 2);
  const forwardOf = (sampleIds: Int32Array): Forward =>
    trainingForward(new UpdateCollector(), { sampleIds, key: rootKey(9) });

  it('draws the same for an image in chunks of the batch, in every view of every resolution', () => {
    const method = methodOf({ dropPath: 0.5 });
    const views = toyViews(crops, B, 0);
    const whole = online(method.embed(views, forwardOf(ids)).embeddings);
    for (const from of [0, B / 2]) {
      const chunk = views.map(({ count, pixels }): ViewGroup => {
        const parts = tf.split<Tensor4D>(pixels, count).map((view) => tf.slice(view, [from], [B / 2]));
        return { count, pixels: tf.concat<Tensor4D>(parts) };
      });
      const part = online(method.embed(chunk, forwardOf(ids.slice(from, from + B / 2))).embeddings);
      part.forEach((z_BD, view) => {
        expect(difference(z_BD, tf.slice(whole[view] as Tensor, [from, 0], [B / 2, -1]))).toBeLessThan(1e-5);
      });
    }
    // What was drawn matters here.
    const others = online(method.embed(views, forwardOf(Int32Array.of(1, 3, 6, 8))).embeddings);
    expect(difference(others[0] as Tensor, whole[0] as Tensor)).toBeGreaterThan(1e-3);
    method.dispose();
  });
});
