import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { engineNames } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { expect, it } from 'vitest';
import { l2Normalize } from './l2-normalize.ts';
import { errorOfLargest, wave } from './testdata/read.ts';

await describeEngines(engineNames, () => {
  it.each([0, 1] as const)('along axis %i: value and gradient of the composed formula', (axis) => {
    const x = tf.tensor2d(wave(4, 3, 0.2));
    const weight = tf.tensor2d(wave(4, 3, 1.1));
    const composed = (z: Tensor) => tf.sum(tf.mul(tf.div(z, tf.sqrt(tf.sum(tf.square(z), axis, true))), weight));
    const ours = (z: Tensor) => tf.sum(tf.mul(l2Normalize(z as Tensor2D, axis), weight));
    const expected = tf.valueAndGrad(composed)(x);
    const got = tf.valueAndGrad(ours)(x);
    expect(got.value.dataSync()[0]).toBeCloseTo(expected.value.dataSync()[0] ?? NaN, 5);
    expect(errorOfLargest(got.grad, expected.grad.arraySync() as number[][])).toBeLessThan(1e-5);
  });

  it('trap 5: leaves zero rows zero and has a finite gradient there', () => {
    const { value, grad } = tf.valueAndGrad((z: Tensor) => tf.sum(l2Normalize(z as Tensor2D)))(tf.zeros([2, 3]));
    expect(value.dataSync()[0]).toBe(0);
    expect(grad.dataSync().every(Number.isFinite)).toBe(true);
  });
});
