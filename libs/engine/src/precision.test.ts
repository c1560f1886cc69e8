import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { currentPrecision, openEngine, requirePrecision, toFloat32, tryKernel, withPrecision } from './index.ts';

const torch = await openEngine('torch').catch(() => undefined);

describe('on an engine without bf16', () => {
  beforeAll(() => openEngine('cpu'));

  it('withPrecision runs and returns', () => {
    expect(withPrecision('bf16', () => currentPrecision())).toBe('f32');
  });

  it('toFloat32 is the identity', () => {
    const x = tf.ones([2]);
    expect(toFloat32(x)).toBe(x);
    x.dispose();
  });

  it('tryKernel says that it has no such kernel', () => {
    const x = tf.ones([2]);
    expect(tryKernel('TesseraReluGrad', { dy: x, y: x })).toBeUndefined();
    expect(tryKernel(tf.Relu, { x })?.map((out) => [...out.dataSync()])).toEqual([[1, 1]]);
    tf.dispose(x);
  });

  it('requirePrecision names both sides', async () => {
    const engine = await openEngine('cpu');
    requirePrecision(engine, 'f32');
    expect(() => {
      requirePrecision(engine, 'bf16');
    }).toThrow(expect.objectContaining({ code: 'E_PRECISION_UNSUPPORTED' }) as Error);
  });
});

describe.skipIf(!torch)(torch ? 'on torch' : 'on torch (skipped: it is not built)', () => {
  beforeAll(() => openEngine('torch'));
  afterAll(() => openEngine('cpu'));

  it('scopes nest and end, also on a throw', () => {
    withPrecision('bf16', () => {
      expect(currentPrecision()).toBe('bf16');
      expect(() => withPrecision('f32', () => fail())).toThrow('stop');
      expect(currentPrecision()).toBe('bf16');
    });
    expect(currentPrecision()).toBe('f32');
  });

  it('toFloat32 leaves bf16, and lets the gradient through', () => {
    const before = tf.memory().numTensors;
    const gradient = tf.tidy(() =>
      withPrecision('bf16', () => {
        const w = tf.tensor2d([
          [1.001, 2],
          [3, 4],
        ]);
        return tf
          .grad((x) => tf.sum(tf.mul(toFloat32(tf.matMul(x as tf.Tensor2D, w)), 2)))(tf.ones([2, 2]))
          .arraySync();
      }),
    );
    expect(gradient).toEqual([
      [6, 14],
      [6, 14],
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

function fail(): never {
  throw new Error('stop');
}
