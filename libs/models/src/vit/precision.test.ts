/** A ViT in bf16 beside itself in float32. */
import { rootKey } from '@tessera/core';
import { evaluationForward, inspectEngines, openEngine, withPrecision, type Precision } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { vitEncoder } from './vit.ts';

const torch = (await inspectEngines()).find(({ name }) => name === 'torch');

describe.skipIf(!torch?.available)(torch?.available ? 'torch' : 'torch (skipped: it is not built)', () => {
  beforeAll(() => openEngine('torch'));

  test.each(['token', 'avg'])('%s: features and gradients in bf16 are those in float32 to its rounding', (pool) => {
    const encoder = vitEncoder.build(
      { width: 64, depth: 3, heads: 4, patch: 4, image: 32, pool },
      { key: rootKey(2), inputChannels: 3, scope: 'encoder' },
    );
    const variables = encoder.variables().map(({ variable }) => variable);
    tf.tidy(() => {
      // 24 pixels: positions are resampled, in float32 also here.
      const x = tf.randomUniform<tf.Rank.R4>([4, 24, 24, 3], 0, 1, 'float32', 1);
      const targets = tf.randomNormal<tf.Rank.R2>([4, 64], 0, 1, 'float32', 2);
      const run = (precision: Precision) => {
        const h_BD = withPrecision(precision, () => encoder.apply(x, evaluationForward()));
        const { grads } = tf.variableGrads(
          () =>
            tf.mean<tf.Scalar>(
              tf.mul(
                withPrecision(precision, () => encoder.apply(x, evaluationForward())),
                targets,
              ),
            ),
          variables,
        );
        return { h_BD, grads };
      };
      const [exact, half] = [run('f32'), run('bf16')];
      expect([...half.h_BD.dataSync()]).not.toEqual([...exact.h_BD.dataSync()]);
      expect(relative(half.h_BD, exact.h_BD)).toBeLessThan(0.02);
      for (const { name, variable } of encoder.variables()) {
        const [a, b] = [half.grads[variable.name] as tf.Tensor, exact.grads[variable.name] as tf.Tensor];
        expect(relative(a, b), name).toBeLessThan(0.06);
      }
    });
    encoder.dispose();
  });
});

/** The norm of the difference over the norm. */
function relative(a: tf.Tensor, b: tf.Tensor): number {
  return (tf.norm(tf.sub(a, b)).dataSync()[0] ?? NaN) / (tf.norm(b).dataSync()[0] ?? NaN);
}
