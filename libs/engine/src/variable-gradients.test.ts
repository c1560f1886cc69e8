import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { inspectEngines, openEngine } from './open-engine.ts';
import { variableGradients } from './variable-gradients.ts';

const DEPTH = 12;

const loading = (await inspectEngines()).filter(({ available }) => available).map(({ name }) => name);

describe.each(loading)('on %s', (engine) => {
  beforeAll(async () => {
    await openEngine(engine);
  });

  /** A deep network with a residual path and a value that is used twice. */
  const setting = (): { variables: tf.Variable[]; loss: () => tf.Scalar; dispose: () => void } => {
    const x = tf.randomNormal<tf.Rank.R2>([64, 32], 0, 1, 'float32', 1);
    const variables = Array.from({ length: DEPTH }, (_, i) =>
      tf.tidy(() => tf.variable(tf.randomNormal([32, 32], 0, 0.2, 'float32', i + 2))),
    );
    const loss = (): tf.Scalar =>
      tf.tidy(() => {
        const last = variables.reduce<tf.Tensor2D>(
          (h, w) => tf.add(h, tf.relu(tf.matMul(h, w as tf.Tensor as tf.Tensor2D))),
          x,
        );
        return tf.add(tf.mean(tf.square(last)), tf.mean(last));
      });
    return {
      variables,
      loss,
      dispose: () => {
        tf.dispose([x, ...variables]);
      },
    };
  };
  const valuesOf = ({ value, grads }: { value: tf.Scalar; grads: tf.NamedTensorMap }): number[][] => {
    const all = [value, ...Object.values(grads)].map((tensor) => Array.from(tensor.dataSync()));
    tf.dispose([value, grads]);
    return all;
  };

  it('gives what tf.variableGrads gives, and leaves nothing behind', () => {
    const { variables, loss, dispose } = setting();
    const before = tf.memory().numTensors;
    expect(valuesOf(variableGradients(loss, variables))).toEqual(valuesOf(tf.variableGrads(loss, variables)));
    expect(tf.memory().numTensors).toBe(before);
    dispose();
  });

  it('holds at most what the forward pass saved, where tfjs goes on to add every gradient', async () => {
    const { variables, loss, dispose } = setting();
    const peak = async (run: () => { value: tf.Scalar; grads: tf.NamedTensorMap }): Promise<number> => {
      const { peakBytes } = await tf.profile(() => {
        const { value, grads } = run();
        tf.dispose([value, grads]);
        return [];
      });
      return peakBytes;
    };
    const ours = await peak(() => variableGradients(loss, variables));
    const theirs = await peak(() => tf.variableGrads(loss, variables));
    const activation = 64 * 32 * 4;
    expect(theirs - ours).toBeGreaterThan(1.5 * DEPTH * activation);
    dispose();
  });

  it('hands an error on, leaves nothing of the forward pass and the engine usable', () => {
    const { variables, loss, dispose } = setting();
    const before = tf.memory().numTensors;
    expect(() =>
      variableGradients(() => {
        loss();
        throw new Error('no loss');
      }, variables),
    ).toThrow('no loss');
    expect(tf.memory().numTensors).toBe(before);
    expect(valuesOf(variableGradients(loss, variables))[0]).toHaveLength(1);
    dispose();
  });
});
