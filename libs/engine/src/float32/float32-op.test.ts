/** What must stay float32 does so inside a bf16 scope, in its gradient too, and leaves nothing behind. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { detached, float32MatMul, float32Op, inspectEngines, openEngine, softplus, withPrecision } from '../index.ts';

const available = (await inspectEngines()).filter((report) => report.available).map(({ name }) => name);
/** A number that bf16 rounds to 1. */
const FINE = 1 + 2 ** -12;
const numbers = (x: Tensor): number[] => [...x.dataSync()];

describe.each(available)('float32 on %s', (engine) => {
  beforeAll(async () => {
    await openEngine(engine);
  });

  it('products and their gradients are float32 inside a bf16 scope', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const fine = tf.fill<tf.Rank.R2>([2, 2], FINE);
      const one = tf.eye(2);
      withPrecision('bf16', () => {
        const { value, grads } = tf.valueAndGrads((a: Tensor, b: Tensor) =>
          tf.sum(float32MatMul(a as Tensor2D, b as Tensor2D)),
        )([fine, one]);
        expect(value.dataSync()[0]).toBe(4 * FINE);
        expect(numbers(grads[0] as Tensor)).toEqual([1, 1, 1, 1]);
        expect(numbers(grads[1] as Tensor)).toEqual(Array<number>(4).fill(2 * FINE));
      });
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('an op has the gradient that it brings, whose intermediates do not outlive it', () => {
    const tripled = (x: Tensor): Tensor =>
      float32Op(
        [x],
        () => ({ value: tf.mul(x, 2), saved: [x] }),
        (dy, [saved]) => [tf.mul(tf.add(tf.mul(saved as Tensor, 0), 3), dy)],
      );
    tf.tidy(() => {
      const x = tf.tensor1d([1, -2]);
      const before = tf.memory().numTensors;
      const { value, grad } = tf.valueAndGrad((y: Tensor) => tf.sum(tripled(y)))(x);
      expect(tf.memory().numTensors).toBe(before + 2);
      expect(value.dataSync()[0]).toBe(-2);
      expect(numbers(grad)).toEqual([3, 3]);
    });
  });

  it('what is detached is float32 and a constant', () => {
    tf.tidy(() => {
      const fine = tf.fill<tf.Rank.R2>([2, 2], FINE);
      withPrecision('bf16', () => {
        const { value, grad } = tf.valueAndGrad((x: Tensor) =>
          tf.sum(
            tf.mul(
              x,
              detached(() => tf.matMul(x as Tensor2D, tf.eye(2))),
            ),
          ),
        )(fine);
        expect(value.dataSync()[0]).toBeCloseTo(4 * FINE ** 2, 6);
        expect(numbers(grad)).toEqual(Array<number>(4).fill(FINE));
      });
    });
  });

  it('softplus is ln(1 + exp(x)) without overflow', () => {
    tf.tidy(() => {
      const x = [-80, -10, -1, 0, 1, 10, 1e8];
      const exact = x.map((v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v))));
      for (const [i, value] of numbers(softplus(tf.tensor1d(x))).entries())
        expect(Math.abs(value - (exact[i] ?? NaN))).toBeLessThanOrEqual(1e-6 * Math.max(1, exact[i] ?? NaN));
    });
  });
});
