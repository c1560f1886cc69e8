import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openEngine } from './index.ts';

describe('openEngine', () => {
  it.each(['cpu', 'wasm', 'cpu', 'wasm'] as const)('opens %s, again and again, with gradients', async (name) => {
    expect((await openEngine(name)).name).toBe(name);
    expect(tf.getBackend()).toBe(name);
    const gradient = tf.tidy(() =>
      tf
        .grad((x) => tf.mean(tf.relu(x)))(tf.tensor1d([-1, 2, 3, -4]))
        .arraySync(),
    );
    expect(gradient).toEqual([0, 0.25, 0.25, 0]);
  });
});
