/** NT-Xent from the temperatures that people train at to those where float32 counts logits by eights, against double precision. */
import { rootKey, stream } from '@tessera/core';
import { engineNames } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ntXent } from './nt-xent.ts';
import { exactNtXent } from '../testdata/exact-nt-xent.ts';
import { compareRanks } from '../testdata/ranks.ts';
import { errorOfLargest, relativeError } from '../testdata/read.ts';

const IMAGES = 24;
const WIDTH = 12;
const TEMPERATURES = [1, 0.1, 1e-3, 1e-4, 1e-6, 1e-8];

/** Numbers that float32 has, so that both sides start from the same. */
function rows(count: number, length = 1): number[][] {
  const random = stream(rootKey(4));
  return Array.from({ length: count }, () =>
    Array.from({ length: WIDTH }, () => Math.fround(length * random.normal())),
  );
}

const valueAndGradient = (z: number[][], loss: (z_RD: Tensor2D) => Scalar) =>
  tf.valueAndGrad((x: Tensor) => loss(x as Tensor2D))(tf.tensor2d(z)) as { value: Scalar; grad: Tensor2D };

await describeEngines(engineNames, () => {
  describe.each([
    { name: 'two views', views: 2, length: 3, normalize: true },
    { name: 'two views, as they are', views: 2, length: 1, normalize: false },
    { name: 'three views', views: 3, length: 3, normalize: true },
    { name: 'three views, as they are', views: 3, length: 1, normalize: false },
  ])('$name', ({ views, length, normalize }) => {
    const z = rows(views * IMAGES, length);

    it.each(TEMPERATURES)('value and gradient at temperature %f', (temperature) => {
      const exact = exactNtXent(z, { views, temperature, normalize });
      const { value, grad } = valueAndGradient(z, (x) => ntXent(x, { temperature, views, normalize }));
      expect(relativeError(value, exact.loss)).toBeLessThan(1e-6);
      expect(errorOfLargest(grad, exact.gradient)).toBeLessThan(1e-5);
    });

    it.each(TEMPERATURES)('columns of other ranks at temperature %f', (temperature) => {
      const exact = exactNtXent(z, { views, temperature, normalize: true });
      const { split, gradientError } = compareRanks(
        z,
        views,
        3,
        (u, collective) => ntXent(u, { temperature, views, normalize: false, ...(collective && { collective }) }),
        exact.gradient,
      );
      expect(Math.abs(split / exact.loss - 1)).toBeLessThan(1e-6);
      expect(gradientError).toBeLessThan(1e-5);
    });
  });

  it.each([0.1, 1e-3, 1e-8])('more rows than a block holds, temperature %f', (temperature) => {
    const z = rows(800);
    const exact = exactNtXent(z, { views: 2, temperature, normalize: true });
    const { value, grad } = valueAndGradient(z, (x) => ntXent(x, { temperature }));
    expect(relativeError(value, exact.loss)).toBeLessThan(1e-6);
    expect(errorOfLargest(grad, exact.gradient)).toBeLessThan(5e-5);
  });

  it.each([2, 3])('%i views that are nearly alike: what is left of the gradient has its digits', (views) => {
    const first = rows(IMAGES);
    const z = Array.from({ length: views }, (_, v) =>
      first.map((row) => row.map((value, d) => Math.fround(value + 0.05 * v * Math.sin(d)))),
    ).flat();
    for (const temperature of [0.1, 0.05, 0.02]) {
      const exact = exactNtXent(z, { views, temperature, normalize: true });
      const { grad } = valueAndGradient(z, (x) => ntXent(x, { temperature, views }));
      expect(errorOfLargest(grad, exact.gradient)).toBeLessThan(1e-4);
    }
  });

  it.each([2, 3])('%i views that are all alike give the collapse value at every temperature', (views) => {
    // One coordinate, so that every similarity is 1 to the last bit.
    const z = Array.from({ length: views * 5 }, () => [2, 0, 0]);
    for (const temperature of TEMPERATURES) {
      const { value, grad } = valueAndGradient(z, (x) => ntXent(x, { temperature, views }));
      expect(relativeError(value, Math.log(1 + views * 4))).toBeLessThan(1e-6);
      const half = valueAndGradient(
        z.map((row, i) => (i === 0 ? [0, 2, 0] : row)),
        (x) => ntXent(x, { temperature, views }),
      );
      const exact = exactNtXent(
        z.map((row, i) => (i === 0 ? [0, 2, 0] : row)),
        { views, temperature, normalize: true },
      );
      expect(errorOfLargest(half.grad, exact.gradient)).toBeLessThan(1e-5);
      expect(Math.max(...grad.dataSync().map(Math.abs))).toBeLessThan(1e-6 / temperature);
    }
  });
});
