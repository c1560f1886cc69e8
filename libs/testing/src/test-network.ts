import type { Forward, NamedBuffer, NamedVariable } from '@tessera/core';
import { evaluationForward, openEngine, UpdateCollector, type EngineChoice } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { descend } from './descend.ts';
import { expectFiniteDifferences, expectGradients, expectNoLeak } from './expectations.ts';
import { normal, numberOf, trainingForward, valuesOf } from './fixtures.ts';

/** What encoders and heads have in common. */
interface Network<X extends tf.Tensor> {
  variables(): readonly NamedVariable[];
  buffers(): readonly NamedBuffer[];
  apply(x: X, forward: Forward): tf.Tensor2D;
  dispose(): void;
}

export interface NetworkSpec<X extends tf.Tensor, N extends Network<X>> {
  readonly scope: string;
  readonly engine: EngineChoice;
  readonly build: () => N;
  readonly width: (network: N) => number;
  readonly input: (batch: number) => X;
}

const BATCH = 6;

/**
 * Registers the tests of a network: shape, names under its scope, gradients, finite differences, a loss that falls, statistics that
 * change at the commit only, evaluation row by row, the same seed the same numbers, no leaks.
 */
export function testNetwork<X extends tf.Tensor, N extends Network<X>>(spec: NetworkSpec<X, N>): void {
  beforeAll(async () => {
    await openEngine(spec.engine);
  });
  const { build } = spec;
  /** Something to learn: the mean of the outputs times fixed weights, squared. */
  const lossOf = (network: N, x: X): tf.Scalar => {
    const updates = new UpdateCollector();
    try {
      const y_BD = network.apply(x, trainingForward(updates));
      return tf.mean(tf.square(tf.sub(y_BD, normal<tf.Rank.R2>('target', [BATCH, spec.width(network)]))));
    } finally {
      updates.discard();
    }
  };
  const variablesOf = (network: N): tf.Variable[] => network.variables().map(({ variable }) => variable);

  test('gives float32 [B, width], finite, in training and evaluation', () => {
    const network = build();
    tf.tidy(() => {
      const x = spec.input(BATCH);
      const updates = new UpdateCollector();
      for (const forward of [evaluationForward(), trainingForward(updates)]) {
        const y = network.apply(x, forward);
        expect(y.shape, 'featureDim or outDim is the width of what apply gives').toEqual([BATCH, spec.width(network)]);
        expect(y.dtype).toBe('float32');
        expect(valuesOf(y).every(Number.isFinite)).toBe(true);
      }
      updates.discard();
    });
    network.dispose();
  });

  test('names are unique and under the scope', () => {
    const network = build();
    const names = [...network.variables(), ...network.buffers()].map(({ name }) => name);
    expect(new Set(names).size, `names are unique: ${names.join(', ')}`).toBe(names.length);
    for (const name of names) {
      expect(
        name.startsWith(`${spec.scope}/`),
        `'${name}' must start with the scope it was given, '${spec.scope}/'`,
      ).toBe(true);
    }
    network.dispose();
  });

  test('a gradient reaches every variable and agrees with finite differences', () => {
    const network = build();
    const variables = variablesOf(network);
    const x = spec.input(BATCH);
    if (variables.length > 0) {
      const { grads } = tf.tidy(() => tf.variableGrads(() => lossOf(network, x), variables));
      expectGradients(
        network.variables().map(({ name }) => name),
        variables.map(({ name }) => grads[name]),
      );
      tf.dispose(grads);
      expectFiniteDifferences(variables, () => lossOf(network, x), 0.05);
    }
    x.dispose();
    network.dispose();
  });

  test('the loss falls on a fixed batch', () => {
    const network = build();
    const variables = variablesOf(network);
    const x = spec.input(BATCH);
    const value = (): number => tf.tidy(() => numberOf(lossOf(network, x)));
    const first = value();
    for (let i = 0; i < 20 && variables.length > 0; i++) descend(variables, () => lossOf(network, x), 0.01);
    if (variables.length > 0) expect(value(), 'the loss falls in 20 steps down its gradient').toBeLessThan(first);
    x.dispose();
    network.dispose();
  });

  test('statistics change when the step commits them, not before', () => {
    const network = build();
    const buffers = (): number[][] => network.buffers().map(({ variable }) => valuesOf(variable));
    const before = buffers();
    const updates = new UpdateCollector();
    tf.tidy(() => {
      const x = spec.input(BATCH);
      network.apply(x, trainingForward(updates));
      network.apply(x, evaluationForward());
    });
    expect(buffers(), 'statistics go into forward.updates, and change at the commit').toEqual(before);
    updates.commit();
    for (const values of buffers()) expect(values.every(Number.isFinite)).toBe(true);
    network.dispose();
  });

  test('in evaluation a row does not depend on the rest of the batch', () => {
    const network = build();
    tf.tidy(() => {
      const x = spec.input(BATCH);
      const all = network.apply(x, evaluationForward());
      const rest = x.shape.slice(1);
      const row = tf.slice(x, [2, ...rest.map(() => 0)], [1, ...rest]);
      const alone = valuesOf(network.apply(row, evaluationForward()));
      valuesOf(tf.slice(all, [2, 0], [1, -1])).forEach((value, i) => {
        expect(alone[i], 'with forward.training false, running statistics count, not those of the batch').toBeCloseTo(
          value,
          4,
        );
      });
    });
    network.dispose();
  });

  test('the same seed gives the same numbers', () => {
    const [a, b] = [build(), build()];
    expect(variablesOf(a).map(valuesOf)).toEqual(variablesOf(b).map(valuesOf));
    tf.tidy(() => {
      const x = spec.input(BATCH);
      expect(valuesOf(a.apply(x, evaluationForward()))).toEqual(valuesOf(b.apply(x, evaluationForward())));
    });
    a.dispose();
    b.dispose();
  });

  test('steps leave no tensors, and dispose frees all', () => {
    expectNoLeak(() => {
      const network = build();
      const x = spec.input(BATCH);
      expectNoLeak(() => {
        for (let i = 0; i < 3; i++) {
          const updates = new UpdateCollector();
          network.apply(x, trainingForward(updates)).dispose();
          updates.commit();
        }
      });
      x.dispose();
      network.dispose();
    });
  });
}
