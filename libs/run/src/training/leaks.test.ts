/** Steps of whole recipes leave no tensor behind, on every engine. */
import { stream, rootKey, type ViewGroup } from '@tessera/core';
import { inspectEngines, openEngine, type Engine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { compose, type Composition } from '../compose.ts';
import { stepInput } from '../testing/step-input.ts';
import { prepared, tinySimclr, tinySwav } from '../testing/tiny.ts';
import { trainStep } from './step.ts';

const BATCH = 8;
const STEPS = 6;
const encoder = { name: 'resnet', options: { blocks: [1, 1, 1, 1], width: 4, stem: 'cifar' } };
const recipes: Readonly<Record<string, object>> = {
  simclr: { ...tinySimclr, encoder },
  // Prototypes are frozen in the first step; the queue of two batches starts in the second and serves from the fourth on.
  swav: {
    ...tinySwav,
    encoder,
    objective: { options: { prototypes: 6, freezeSteps: 1, freezeEpochs: 0, queue: { length: 16, fromStep: 1 } } },
    optimizer: { name: 'adamw', options: {} },
  },
};

function viewsOf({ augmenter }: Composition, step: number): ViewGroup[] {
  const draws = stream(rootKey(step));
  return augmenter.views.map(({ count, size, channels }) => {
    const shape: [number, number, number, number] = [count * BATCH, size, size, channels];
    const values = Float32Array.from({ length: count * BATCH * size * size * channels }, () => draws.uniform(0, 1));
    return { count, pixels: tf.tensor4d(values, shape) };
  });
}

const reports = await inspectEngines();

describe.each(['cpu', 'wasm', 'torch', 'tensorflow'] as const)('%s engine', (name) => {
  describe.skipIf(!reports.some((report) => report.name === name && report.available))('is available', () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await openEngine(name);
    });

    it.each(Object.entries(recipes))('%s', async (_name, recipe) => {
      const before = tf.memory().numTensors;
      for (const precision of engine.precisions) {
        const composition = compose(await prepared(recipe), { size: BATCH });
        const { method, optimizer, collective } = composition;
        const counts: number[] = [];
        for (let step = 0; step < STEPS; step++) {
          const views = viewsOf(composition, step);
          const ids = Int32Array.from({ length: BATCH }, (_, i) => i);
          const parts = { method, optimizer, collective, precision, clipNorm: null };
          const { loss } = trainStep(parts, stepInput(views, ids, step, STEPS), { learningRate: 1e-3 });
          expect(loss).toBeGreaterThan(0);
          tf.dispose(views.map(({ pixels }) => pixels));
          counts.push(tf.memory().numTensors);
        }
        // An optimizer makes its slots at a variable's first update: in the first step, and in the second for what was frozen.
        expect(counts.slice(1), precision).toEqual(Array.from({ length: STEPS - 1 }, () => counts[1]));
        await composition.dispose();
        expect(tf.memory().numTensors, precision).toBe(before);
      }
    });
  });
});
