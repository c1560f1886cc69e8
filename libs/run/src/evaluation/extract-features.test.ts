import { rootKey } from '@tessera/core';
import { evaluationForward, openEngine, trainingForward, UpdateCollector } from '@tessera/engine';
import { resnetEncoder } from '@tessera/models';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { extractFeatures, type EvaluationBatch } from './extract-features.ts';

const COUNT = 6;
const options = { blocks: [1, 1, 1, 1], width: 2, stem: 'cifar' };
const images = (): Tensor4D => tf.randomUniform([COUNT, 8, 8, 3], 0, 1, 'float32', 1);
const distance = (a: tf.Tensor, b: tf.Tensor): number =>
  tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] ?? NaN);

beforeAll(async () => {
  await openEngine('cpu');
});

async function* batches(sizes: readonly number[]): AsyncGenerator<EvaluationBatch> {
  let start = 0;
  for (const size of sizes) {
    const pixels = tf.tidy(() => tf.slice(images(), [start], [size]));
    const labels = Int32Array.from({ length: size }, (_, i) => start + i);
    start += size;
    yield await Promise.resolve({ pixels, labels, release: () => undefined });
  }
}

describe('extractFeatures', () => {
  it('trap 32: gives h by the running statistics, whatever the batches, and changes neither weights nor statistics', async () => {
    const start = tf.memory().numTensors;
    const encoder = resnetEncoder.build(options, { key: rootKey(0), inputChannels: 3, scope: 'encoder' });
    const trained = tf.tidy((): Tensor2D => {
      const updates = new UpdateCollector();
      const h_BD = encoder.apply(images(), trainingForward(updates));
      updates.commit();
      return h_BD;
    });
    const values = (): number[][] =>
      [...encoder.variables(), ...encoder.buffers()].map(({ variable }) => [...variable.dataSync()]);
    const before = values();
    const run = (sizes: readonly number[]) =>
      extractFeatures(encoder, batches(sizes), { forward: evaluationForward(), size: COUNT, classes: COUNT });
    const [whole, parts] = [await run([COUNT]), await run([3, 1, 2])];
    expect(whole.features_ND.shape).toEqual([COUNT, encoder.featureDim]);
    expect([...parts.labels]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(distance(parts.features_ND, whole.features_ND)).toBeLessThan(1e-6);
    expect(values()).toEqual(before);
    // With the batch's own statistics they are others, so the lines above show something.
    expect(distance(trained, whole.features_ND)).toBeGreaterThan(1e-2);
    tf.dispose([trained, whole.features_ND, parts.features_ND]);
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });
});
