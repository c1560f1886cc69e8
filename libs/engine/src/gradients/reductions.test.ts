import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { engineNames } from '../names.ts';
import { inspectEngines, openEngine } from '../open-engine.ts';

const reports = await inspectEngines();
const reductions: readonly [string, (x: Tensor) => Tensor][] = [
  ['sum of all', (x) => tf.sum(x)],
  ['sum over rows', (x) => tf.sum(x, 0)],
  ['sum that keeps its axis', (x) => tf.sum(x, 1, true)],
  ['mean of all', (x) => tf.mean(x)],
  ['mean over two axes', (x) => tf.mean(x, [0, 2])],
];

describe.each(engineNames)('%s engine', (engine) => {
  describe.skipIf(!reports.some(({ name, available }) => name === engine && available))('is available', () => {
    beforeAll(async () => {
      await openEngine(engine);
    });

    it.each(reductions)('the gradient of a %s makes no other tensor of the size of x', async (_name, run) => {
      const x = tf.ones([3, 4, 5]);
      const dy = tf.ones(run(x).shape);
      const { kernels } = await tf.profile(() => tf.grad(run)(x, dy));
      // An Identity shares its input's memory: it is how the tape holds on to x.
      const large = kernels.filter(
        ({ name, outputShapes }) =>
          name !== tf.Identity && outputShapes.some((shape) => tf.util.sizeFromShape(shape) === x.size),
      );
      expect(large.map(({ name }) => name)).toEqual([tf.Tile]);
    });
  });
});
