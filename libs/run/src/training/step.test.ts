import { singleProcess, TesseraError, type Method, type NamedVariable, type Optimizer } from '@tessera/core';
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
    expect(() => step(methodOf(() => ({})))).toThrow(
      expect.objectContaining({
        code: 'E_LOSS_NOT_FINITE',
        message: expect.stringMatching(
          /loss is NaN at step 1 \(epoch 1, learning rate 0\.5\).*weights 'encoder\/weight'/,
        ) as string,
      }),
    );
    expect([...variable.dataSync()]).toEqual(before);
  });
});

/** What a step says that fails. */
function failure(run: () => unknown): TesseraError {
  try {
    run();
  } catch (error) {
    if (error instanceof TesseraError) return error;
  }
  throw new Error('expected a TesseraError');
}

describe('a step that is not finite', () => {
  const notFinite = (): Scalar => tf.mul(tf.sum<Scalar>(variable), NaN);

  it.each([
    ['pixels', NaN, 1, /pixels of the views/, /data\.normalize/],
    ['embeddings', 1, Infinity, /first that is not finite: the embeddings/, /range of the pixels/],
    ['loss', 1, 1, /embeddings and weights are finite/, /temperature/],
  ])('names the %s, and at step 1 or rate 0 does not blame the rate', (_what, pixel, scale, message, next) => {
    const method: Method = {
      ...methodOf(() => ({})),
      embed: ([group]) => ({
        features: [],
        embeddings: { online: group ? [tf.mul<Tensor2D>(tf.reshape(group.pixels, [1, 3]), scale)] : [] },
      }),
      loss: () => ({ loss: notFinite(), metrics: {} }),
    };
    const pixels = tf.fill<tf.Rank.R4>([1, 1, 1, 3], pixel);
    const parts = { method, optimizer: descent, precision: 'f32', collective: singleProcess, clipNorm: null } as const;
    const at = (number: number, learningRate: number): TesseraError =>
      failure(() => trainStep(parts, stepInput([{ count: 1, pixels }], new Int32Array(1), number), { learningRate }));
    const before = tf.memory().numTensors;
    const [first, still, later] = [at(0, 0.5), at(4, 0), at(4, 0.5)];
    expect(first.message).toMatch(message);
    expect(still.message).toMatch(/at step 5 \(epoch 1, learning rate 0\)/);
    for (const { next: advice } of [first, still]) {
      expect(advice).toMatch(next);
      expect(advice).not.toMatch(/learningRate/);
    }
    expect(first.next).not.toMatch(/checkpoint/);
    expect(later.next).toMatch(/last checkpoint is kept/);
    if (pixel === 1) expect(later.next).toMatch(/learningRate/);
    expect(tf.memory().numTensors).toBe(before);
    pixels.dispose();
  });

  it('with a finite loss and a gradient that is not changes nothing, and names the variable', () => {
    // The root of 0: finite itself, its slope is not.
    variable.assign(tf.tensor1d([0, 0]));
    const method = {
      ...methodOf(() => ({})),
      loss: () => ({ loss: tf.sum<Scalar>(tf.sqrt(variable)), metrics: {} }),
    };
    const before = tf.memory().numTensors;
    expect(failure(() => step(method))).toMatchObject({
      code: 'E_GRADIENT_NOT_FINITE',
      message: expect.stringMatching(
        /^the gradient of 'encoder\/weight' is not finite at step 1 .*though the loss is 0/,
      ) as string,
    });
    expect([...variable.dataSync()]).toEqual([0, 0]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says so where only the norm is too large', () => {
    const method = {
      ...methodOf(() => ({})),
      loss: () => ({ loss: tf.mul<Scalar>(tf.sum(variable), 1e30), metrics: {} }),
    };
    expect(failure(() => step(method)).message).toMatch(/norm of the gradient is more than float32 can hold/);
  });
});
