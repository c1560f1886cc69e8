import { engineNames } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { errorOfLargest, relativeError } from '../testdata/read.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';

/** To those where float32 counts logits by eights. */
const TEMPERATURES = [1, 0.1, 1e-3, 1e-4, 1e-6, 1e-8];

await describeEngines(engineNames, () => {
  it.each(TEMPERATURES)('softmax cross entropy of equal logits at temperature %f', (temperature) => {
    const targets = [
      [0.5, 0.5, 0],
      [1, 0, 0],
    ];
    const { value, grad } = tf.valueAndGrad((x: Tensor) =>
      tf.mean(softmaxCrossEntropy(x as Tensor2D, tf.tensor2d(targets), temperature)),
    )(
      tf.tensor2d([
        [1, 1, 0.5],
        [1, 1, 1],
      ]),
    );
    const third = Math.exp(-0.5 / temperature);
    const losses = [Math.log(2 + third), Math.log(3)];
    expect(relativeError(value, ((losses[0] ?? NaN) + (losses[1] ?? NaN)) / 2)).toBeLessThan(1e-6);
    const even = 1 / (2 + third);
    const slope = [
      [even - 0.5, even - 0.5, third * even],
      [-2 / 3, 1 / 3, 1 / 3],
    ];
    expect(
      errorOfLargest(
        grad,
        slope.map((row) => row.map((s) => s / 2 / temperature)),
      ),
    ).toBeLessThan(1e-6);
  });
});
