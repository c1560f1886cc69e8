import type { ExtensionOf, Json, NamedVariable, Optimizer, VariableRole } from '@tessera/core';
import { openEngine, type EngineChoice } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { copyOf, expectNoLeak, plain, testOptions, type BadOptions } from './expectations.ts';
import { normal, valuesOf } from './fixtures.ts';

export interface OptimizerSpec {
  /** Options that have no default. */
  readonly options?: Json;
  readonly badOptions?: BadOptions;
  /** A rate at which a quadratic falls; default 0.05. */
  readonly learningRate?: number;
  readonly engine?: EngineChoice;
}

const PARTS: readonly (readonly [name: string, role: VariableRole, shape: number[]])[] = [
  ['encoder/conv.weight', 'weight', [3, 3, 2, 4]],
  ['encoder/bn.weight', 'norm', [4]],
  ['head/weight', 'weight', [4, 5]],
  ['head/bias', 'bias', [5]],
  ['objective/prototypes', 'prototype', [5, 3]],
];

/**
 * Tests of an optimizer: a quadratic falls, a variable without gradient is left alone entirely, zero gradients and zero weights give finite
 * numbers, gradients are the caller's, a state round-trips, the same gradients the same numbers, no leaks, bad options named.
 * Call it at the top of a test file.
 * @example testOptimizer(myOptimizer, { badOptions: { learningRate: 0 } });
 */
export function testOptimizer(extension: ExtensionOf<'optimizer'>, spec: OptimizerSpec = {}): void {
  const { options = {}, learningRate = 0.05 } = spec;

  interface Setting {
    readonly variables: readonly NamedVariable[];
    readonly optimizer: Optimizer;
    readonly dispose: () => void;
  }
  const build = (): Setting => {
    const variables = PARTS.map(([name, role, shape]) => ({
      name,
      role,
      variable: tf.tidy(() => tf.variable(normal(name, shape as tf.ShapeMap[tf.Rank]))),
    }));
    const optimizer = extension.build(options, { variables });
    const dispose = (): void => {
      optimizer.dispose();
      tf.dispose(variables.map(({ variable }) => variable));
    };
    return { variables, optimizer, dispose };
  };
  const valuesIn = ({ variables }: Setting): number[][] => variables.map(({ variable }) => valuesOf(variable));
  /** The gradient of half the squared length is the weight itself. */
  const step = ({ variables, optimizer }: Setting, gradient = (w: tf.Tensor): tf.Tensor => tf.clone(w)): void => {
    const grads = tf.tidy(() => Object.fromEntries(variables.map(({ name, variable }) => [name, gradient(variable)])));
    optimizer.update(grads, { learningRate });
    for (const gradientOf of Object.values(grads))
      expect(gradientOf.isDisposed, "gradients are the caller's").toBe(false);
    tf.dispose(grads);
  };

  describe(`optimizer ${extension.name}`, () => {
    beforeAll(async () => {
      await openEngine(spec.engine ?? 'cpu');
    });
    testOptions(extension, options, spec.badOptions);

    test('a quadratic falls, in every variable', () => {
      const setting = build();
      const lengths = (): number[] => valuesIn(setting).map((values) => Math.hypot(...values));
      const before = lengths();
      for (let i = 0; i < 20; i++) step(setting);
      lengths().forEach((length, i) => {
        expect(length, `${PARTS[i]?.[0] ?? ''} shrinks in 20 steps at the rate ${String(learningRate)}`).toBeLessThan(
          before[i] ?? NaN,
        );
      });
      setting.dispose();
    });

    test('a variable without a gradient is left alone entirely', () => {
      const setting = build();
      step(setting);
      const { variables, optimizer } = setting;
      const [first] = variables;
      const before = valuesIn(setting);
      const state = JSON.stringify(plain(optimizer.state()));
      optimizer.update({}, { learningRate });
      expect(valuesIn(setting), 'update({}) changes no variable').toEqual(before);
      expect(JSON.stringify(plain(optimizer.state())), 'update({}) changes no state').toBe(state);
      if (first) {
        const gradient = tf.clone(first.variable);
        optimizer.update({ [first.name]: gradient }, { learningRate });
        gradient.dispose();
      }
      const hint = 'a variable that is not in the gradients gets no decay, no momentum, no step';
      expect(valuesIn(setting).slice(1), hint).toEqual(before.slice(1));
      setting.dispose();
    });

    test.each([
      ['gradients', (w: tf.Tensor) => tf.zerosLike(w), false],
      ['weights', (w: tf.Tensor) => tf.onesLike(w), true],
      ['weights and gradients', (w: tf.Tensor) => tf.zerosLike(w), true],
    ] as const)('trap 36: zero %s give finite numbers', (_what, gradient, zeroWeights) => {
      const setting = build();
      if (zeroWeights)
        tf.tidy(() => {
          for (const { variable } of setting.variables) variable.assign(tf.zerosLike(variable));
        });
      for (let i = 0; i < 3; i++) step(setting, gradient);
      expect(valuesIn(setting).flat().every(Number.isFinite), 'guard divisions by a norm or a variance of 0').toBe(
        true,
      );
      setting.dispose();
    });

    test('its state round-trips, and the same gradients give the same numbers', () => {
      const [a, b] = [build(), build()];
      for (let i = 0; i < 4; i++) step(a);
      const state = copyOf(a.optimizer.state());
      b.optimizer.restore(state);
      tf.dispose(state.tensors);
      a.variables.forEach(({ variable }, i) =>
        b.variables[i]?.variable.assign(tf.tidy(() => tf.clone(variable as tf.Tensor))),
      );
      for (let i = 0; i < 3; i++) {
        step(a);
        step(b);
      }
      expect(valuesIn(b), 'after restore(state()): all that a step changes is in state()').toEqual(valuesIn(a));
      expect(plain(b.optimizer.state())).toEqual(plain(a.optimizer.state()));
      a.dispose();
      b.dispose();
    });

    test('updates leave no tensors, and dispose frees all', () => {
      expectNoLeak(() => {
        const setting = build();
        step(setting);
        expectNoLeak(() => {
          for (let i = 0; i < 3; i++) step(setting);
        });
        setting.dispose();
      });
    });
  });
}
