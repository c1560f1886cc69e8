import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { inspectEngines, openEngine } from '../open-engine.ts';
import { l2Normalize } from './l2-normalize.ts';

const available = (await inspectEngines()).filter((report) => report.available).map(({ name }) => name);

/** [4, 3] */
const wave = (offset: number): number[][] =>
  Array.from({ length: 4 }, (_, i) => Array.from({ length: 3 }, (_, j) => Math.sin(1.7 * i + 0.9 * j + offset)));

/** Largest difference, divided by the largest absolute entry of what is expected. */
function errorOfLargest(got: Tensor, expected: Tensor): number {
  const want = [...expected.dataSync()];
  const values = got.dataSync();
  return Math.max(...want.map((value, i) => Math.abs(value - (values[i] ?? NaN)))) / Math.max(...want.map(Math.abs));
}

describe.each(available)('l2Normalize on %s', (engine) => {
  beforeAll(async () => {
    await openEngine(engine);
  });

  it.each([0, 1] as const)('along axis %i: value and gradient of the composed formula', (axis) => {
    const x = tf.tensor2d(wave(0.2));
    const weight = tf.tensor2d(wave(1.1));
    const composed = (z: Tensor) => tf.sum(tf.mul(tf.div(z, tf.sqrt(tf.sum(tf.square(z), axis, true))), weight));
    const ours = (z: Tensor) => tf.sum(tf.mul(l2Normalize(z as Tensor2D, axis), weight));
    const expected = tf.valueAndGrad(composed)(x);
    const got = tf.valueAndGrad(ours)(x);
    expect(got.value.dataSync()[0]).toBeCloseTo(expected.value.dataSync()[0] ?? NaN, 5);
    expect(errorOfLargest(got.grad, expected.grad)).toBeLessThan(1e-5);
  });

  it('trap 5: leaves zero rows zero and has a finite gradient there', () => {
    const { value, grad } = tf.valueAndGrad((z: Tensor) => tf.sum(l2Normalize(z as Tensor2D)))(tf.zeros([2, 3]));
    expect(value.dataSync()[0]).toBe(0);
    expect(grad.dataSync().every(Number.isFinite)).toBe(true);
  });
});
