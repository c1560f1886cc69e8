import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openEngine, type EngineName } from '../index.ts';

/** Of the engines that every clone has, and torch where it is built. */
async function available(): Promise<EngineName[]> {
  const names: EngineName[] = ['cpu', 'wasm'];
  try {
    await openEngine('torch');
    names.push('torch');
  } catch {
    // not built here
  }
  return names;
}

const names = await available();

describe(`engines side by side in one process: ${names.join(', ')}`, () => {
  const value = (x: tf.Tensor): number =>
    tf.tidy(() => tf.sum(tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D)).dataSync()[0] ?? NaN);

  it('a tensor moves through all of them, round after round, and nothing stays behind', async () => {
    await openEngine('cpu');
    const before = tf.memory().numTensors;
    const x = tf.ones([20, 20]);
    for (let round = 0; round < 5; round++) {
      for (const name of names) {
        await openEngine(name);
        const made = tf.ones([20, 20]);
        expect([value(x), value(made)]).toEqual([8000, 8000]);
        made.dispose();
      }
    }
    x.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('a variable is trained on one after the other', async () => {
    const w = tf.variable(tf.scalar(4));
    for (const name of [...names, ...names]) {
      await openEngine(name);
      const before = w.dataSync()[0] ?? NaN;
      tf.tidy(() => {
        const { grads } = tf.variableGrads(() => tf.mul(tf.square(w), 0.25), [w]);
        w.assign(tf.sub(w, grads[w.name] ?? tf.scalar(NaN)));
      });
      expect(w.dataSync()[0]).toBeCloseTo(before / 2, 6);
    }
    w.dispose();
  });

  // tfjs's own backends register when they are imported, so only once.
  it.runIf(names.includes('torch'))('torch may be removed and opened again while the others hold tensors', async () => {
    for (let round = 0; round < 2; round++) {
      const kept: tf.Tensor[] = [];
      for (const other of ['cpu', 'wasm'] as const) {
        await openEngine(other);
        kept.push(tf.ones([20, 20]));
      }
      await openEngine('torch');
      const lost = tf.ones([30, 30]);
      tf.removeBackend('torch');
      await openEngine('torch');
      expect(() => lost.dataSync()).toThrow(expect.objectContaining({ code: 'TORCH_BAD_HANDLE' }));
      for (const x of kept) expect(value(x)).toBe(8000);
      tf.dispose(kept);
    }
  });
});
