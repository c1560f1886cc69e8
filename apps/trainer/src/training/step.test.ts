import { singleProcess, type Method, type NamedVariable, type Optimizer } from '@tessera/core';
import { openEngine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { stepInput } from '../testing/step-input.ts';
import { trainStep, type StepResult } from './step.ts';

let variable: Variable;
beforeEach(async () => {
  await openEngine('cpu');
  variable = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
  return () => {
    variable.dispose();
  };
});

/** The loss is the sum of squares; `told` makes the metrics of it. */
function methodOf(told: (loss: Scalar) => Readonly<Record<string, Scalar | number>>): Method {
  const named: NamedVariable[] = [{ name: 'encoder/weight', variable, role: 'weight' }];
  return {
    representation: {
      featureDim: 2,
      variables: () => named,
      buffers: () => [],
      apply: (x) => tf.mean<Tensor2D>(x, [1, 2]),
      dispose: () => undefined,
    },
    variables: () => named,
    buffers: () => [],
    state: () => ({ tensors: {}, json: null }),
    restore: () => undefined,
    embed: () => ({ features: [], embeddings: {} }),
    loss: () => {
      const loss = tf.sum<Scalar>(tf.square(variable));
      return { loss, metrics: told(loss) };
    },
    dispose: () => undefined,
  };
}

const descent: Optimizer = {
  update: (grads, { learningRate }) => {
    tf.tidy(() => {
      for (const gradient of Object.values(grads)) variable.assign(tf.sub(variable, tf.mul(gradient, learningRate)));
    });
  },
  state: () => ({ tensors: {}, json: null }),
  restore: () => undefined,
  dispose: () => undefined,
};

function step(method: Method, clipNorm: number | null = null): StepResult {
  const parts = { method, optimizer: descent, precision: 'f32', collective: singleProcess, clipNorm } as const;
  return trainStep(parts, stepInput([], new Int32Array(0)), { learningRate: 0.5 });
}

describe('trainStep', () => {
  it('tells metrics that are the loss tensor, one tensor under two names, or a tensor that the method keeps', () => {
    const own = tf.scalar(3);
    const before = tf.memory().numTensors;
    const method = methodOf((loss) => ({ total: loss, again: loss, own, plain: 4 }));
    expect(step(method)).toEqual({
      loss: 5,
      // The gradient is [2, 4].
      metrics: { gradientNorm: expect.closeTo(Math.sqrt(20), 5) as number, total: 5, again: 5, own: 3, plain: 4 },
    });
    expect([...variable.dataSync()]).toEqual([0, 0]);
    expect(own.dataSync()[0]).toBe(3);
    expect(tf.memory().numTensors).toBe(before);
    own.dispose();
  });

  it('changes nothing where a metric cannot be read', () => {
    const gone = tf.scalar(1);
    gone.dispose();
    expect(() => step(methodOf(() => ({ gone })))).toThrow();
    expect([...variable.dataSync()]).toEqual([1, 2]);
  });

  it('trap 38: changes nothing where the loss is not finite', () => {
    variable.assign(tf.tensor1d([NaN, 1]));
    const before = [...variable.dataSync()];
    expect(() => step(methodOf(() => ({})))).toThrow(expect.objectContaining({ code: 'E_LOSS_NOT_FINITE' }));
    expect([...variable.dataSync()]).toEqual(before);
  });
});
