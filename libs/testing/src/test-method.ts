import {
  Registry,
  singleProcess,
  type Json,
  type Method,
  type MethodExtension,
  type Plugin,
  type ViewGroup,
  type ViewSpec,
} from '@tessera/core';
import { evaluationForward, openEngine, UpdateCollector, type EngineChoice } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  copyOf,
  expectFiniteDifferences,
  expectGradients,
  expectNoLeak,
  expectTensors,
  plain,
  testOptions,
  type BadOptions,
} from './expectations.ts';
import { batchAt, key, normal, numberOf, progressAt, trainingForward, valuesOf } from './fixtures.ts';
import { descend } from './test-objective.ts';
import { tinyEncoder, tinyHead } from './tiny-parts.ts';

export interface MethodSpec {
  /** Options that have no default. */
  readonly options?: Json;
  readonly badOptions?: BadOptions;
  /** Packages with the objective that the method takes by default. */
  readonly plugins: readonly Plugin[];
  /** Options of that objective, where its defaults are too large for eight images. */
  readonly objective?: Json;
  /** Default: two views of 8 pixels. */
  readonly views?: readonly ViewSpec[];
  readonly engine?: EngineChoice;
  /** False where the loss is not a function of the batch alone, codes that are constants of the step for example. */
  readonly finiteDifferences?: boolean;
}

const BATCH = 8;

/**
 * Tests of a method, on the kit's own encoder and head: finite loss, gradients, finite differences, a loss that falls on a fixed batch, no change
 * before the commit, the same seed the same numbers, a state that round-trips, no leaks, bad options named. Call it at the top of a test file.
 * @example testMethod(myMethod, { plugins: [lossesPlugin] });
 */
export function testMethod(extension: MethodExtension, spec: MethodSpec): void {
  const { options = {}, views = [{ count: 2, size: 8, channels: 3 }] } = spec;

  const build = async (): Promise<Method> => {
    const registry = new Registry(spec.plugins);
    const { objective } = extension.defaults;
    const method = extension.build(options, {
      key,
      views,
      batchSize: BATCH,
      buildEncoder: (scope = 'encoder') => tinyEncoder({ key, scope }, views[0]?.channels ?? 3),
      buildHead: (inDim, scope = 'head') => tinyHead({ key, scope }, inDim),
      buildObjective: (inDim, scope = 'objective') =>
        registry.get('objective', objective.name).build(spec.objective ?? objective.options ?? {}, {
          key,
          scope,
          inDim,
          views,
          batchSize: BATCH,
          collective: singleProcess,
          warn: () => undefined,
        }),
    });
    await method.beforeEpoch?.(progressAt(0), (visit) => {
      const h = normal<tf.Rank.R2>('pass', [64, method.representation.featureDim]);
      visit(
        h,
        Int32Array.from({ length: 64 }, (_, i) => i),
      );
      h.dispose();
      return Promise.resolve();
    });
    return method;
  };
  const groups = (step: number): ViewGroup[] =>
    views.map(({ count, size, channels }, i) => ({
      count,
      pixels: normal<tf.Rank.R4>(`pixels ${String(i)} of step ${String(step)}`, [count * BATCH, size, size, channels]),
    }));
  const freeOf = (method: Method, step: number): tf.Variable[] => {
    const frozen = method.frozen?.(progressAt(step)) ?? [];
    return method
      .variables()
      .filter(({ name }) => !frozen.includes(name))
      .map(({ variable }) => variable);
  };
  const lossOf = (method: Method, input: readonly ViewGroup[], step: number, updates: UpdateCollector): tf.Scalar => {
    const forward = trainingForward(updates);
    return method.loss(method.embed(input, forward).embeddings, batchAt(step, BATCH), forward).loss;
  };
  /** Its updates thrown away. */
  const tried = (method: Method, input: readonly ViewGroup[]): tf.Scalar => {
    const updates = new UpdateCollector();
    try {
      return lossOf(method, input, 20, updates);
    } finally {
      updates.discard();
    }
  };
  const valueOf = (method: Method, input: readonly ViewGroup[]): number =>
    tf.tidy(() => numberOf(tried(method, input)));
  const release = (input: readonly ViewGroup[]): void => {
    tf.dispose(input.map(({ pixels }) => pixels));
  };
  /** A whole step: plain gradient descent stands in for the optimizer. */
  const trained = (method: Method, step: number): number => {
    method.beforeStep?.(progressAt(step));
    const input = groups(step);
    const updates = new UpdateCollector();
    const { value, grads } = tf.tidy(() =>
      tf.variableGrads(() => lossOf(method, input, step, updates), freeOf(method, step)),
    );
    const loss = numberOf(value);
    tf.tidy(() => {
      for (const variable of freeOf(method, step))
        variable.assign(tf.sub(variable, tf.mul(grads[variable.name] ?? 0, 0.01)));
    });
    tf.dispose([value, grads]);
    updates.commit();
    method.afterStep?.(progressAt(step));
    release(input);
    return loss;
  };
  const everything = (method: Method): unknown => ({
    state: plain(method.state()),
    variables: method.variables().map(({ name, variable }) => [name, valuesOf(variable)]),
    buffers: method.buffers().map(({ name, variable }) => [name, valuesOf(variable)]),
  });

  describe(`method ${extension.name}`, () => {
    beforeAll(async () => {
      await openEngine(spec.engine ?? 'cpu');
    });
    testOptions(extension, options, spec.badOptions);

    test('names every part of a recipe', () => {
      const parts = ['augmenter', 'encoder', 'head', 'objective', 'optimizer', 'schedule'] as const;
      for (const part of parts) expect(extension.defaults[part].name, `\`defaults.${part}\` names one`).not.toBe('');
    });

    test('embeds every view, one [B, D] each, and changes nothing by it', async () => {
      const method = await build();
      const input = groups(0);
      const before = everything(method);
      const count = views.reduce((sum, view) => sum + view.count, 0);
      tf.tidy(() => {
        for (const forward of [evaluationForward(), trainingForward(new UpdateCollector())]) {
          const { features, embeddings } = method.embed(input, forward);
          expect(
            features.map(({ shape }) => shape[0]),
            '`features` has one [B, D] for every view',
          ).toEqual(Array.from({ length: count }, () => BATCH));
          expect(Object.keys(embeddings), '`embeddings` has a role or more').not.toEqual([]);
        }
      });
      const first = valueOf(method, input);
      expect(first, 'the loss is a finite number').toSatisfy(Number.isFinite);
      expect(
        valueOf(method, input),
        'a second forward pass gives the same: draw from keyed streams only, and change nothing before the commit',
      ).toBe(first);
      expect(everything(method), 'what a step changes goes into forward.updates').toEqual(before);
      release(input);
      method.dispose();
    });

    test('a gradient reaches every variable that is not frozen', async () => {
      const method = await build();
      method.beforeStep?.(progressAt(20));
      const input = groups(0);
      const variables = freeOf(method, 20);
      const { grads } = tf.tidy(() => tf.variableGrads(() => tried(method, input), variables));
      expectGradients(
        variables.map((variable) => method.variables().find((known) => known.variable === variable)?.name ?? ''),
        variables.map(({ name }) => grads[name]),
      );
      tf.dispose(grads);
      if (spec.finiteDifferences !== false) expectFiniteDifferences(variables, () => tried(method, input));
      release(input);
      method.dispose();
    });

    test('the loss falls on a fixed batch', async () => {
      const method = await build();
      method.beforeStep?.(progressAt(20));
      const input = groups(0);
      const first = valueOf(method, input);
      for (let i = 0; i < 20; i++) descend(freeOf(method, 20), () => tried(method, input), 0.01);
      expect(valueOf(method, input), 'the loss falls in 20 steps down its gradient').toBeLessThan(first);
      release(input);
      method.dispose();
    });

    test('the same seed gives the same numbers; the state round-trips in the middle', async () => {
      const [a, b] = [await build(), await build()];
      for (let step = 0; step < 7; step++)
        expect(trained(a, step), `step ${String(step)} of two alike`).toBe(trained(b, step));
      expect(everything(a)).toEqual(everything(b));
      const c = await build();
      const state = copyOf(a.state());
      c.restore(state);
      tf.dispose(state.tensors);
      const from = [...a.variables(), ...a.buffers()];
      [...c.variables(), ...c.buffers()].forEach(({ variable }, i) => {
        const source = from[i];
        if (source)
          tf.tidy(() => {
            variable.assign(tf.clone(source.variable));
          });
      });
      for (let step = 7; step < 11; step++)
        expect(
          trained(c, step),
          'after restore(state()): all that a step changes is a variable, a buffer or in state()',
        ).toBe(trained(a, step));
      expect(everything(c)).toEqual(everything(a));
      for (const method of [a, b, c]) method.dispose();
    });

    test('steps leave no tensors, and dispose frees all', async () => {
      const before = tf.memory().numTensors;
      const method = await build();
      trained(method, 0);
      expectNoLeak(() => {
        for (let step = 1; step < 12; step++) trained(method, step);
      });
      method.dispose();
      expectTensors(before);
    });
  });
}
