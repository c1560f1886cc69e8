import { singleProcess, type ExtensionOf, type Json, type Objective, type ViewSpec } from '@tessera/core';
import { openEngine, UpdateCollector, type EngineChoice } from '@tessera/engine';
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

export interface ObjectiveSpec {
  /** Options that have no default, or that make it small. */
  readonly options?: Json;
  readonly badOptions?: BadOptions;
  /** Default: two views of one size. */
  readonly views?: readonly ViewSpec[];
  /** Images in a batch; default 8. */
  readonly batchSize?: number;
  /** Width of the embeddings; default 6. */
  readonly inDim?: number;
  readonly engine?: EngineChoice;
  /** False where the loss is not a function of the batch alone, codes that are constants of the step for example. */
  readonly finiteDifferences?: boolean;
}

/**
 * Tests of an objective: finite loss, gradients of views and variables, finite differences, a loss that falls, the same seed the same numbers,
 * no change before the commit, no leaks, a state that round-trips, bad options named. Call it at the top of a test file.
 * @example testObjective(myObjective, { options: { temperature: 0.5 }, badOptions: { temperature: -1 } });
 */
export function testObjective(extension: ExtensionOf<'objective'>, spec: ObjectiveSpec = {}): void {
  const { options = {}, views = [{ count: 2, size: 8, channels: 3 }], batchSize = 8, inDim = 6 } = spec;
  const count = views.reduce((sum, view) => sum + view.count, 0);

  const build = async (): Promise<Objective> => {
    const objective = extension.build(options, {
      key,
      inDim,
      batchSize,
      views,
      collective: singleProcess,
      scope: 'objective',
      warn: () => undefined,
    });
    await objective.beforeEpoch?.(progressAt(0), (visit) => {
      const z = normal<tf.Rank.R2>('pass', [64, inDim]);
      visit(
        z,
        Int32Array.from({ length: 64 }, (_, i) => i),
      );
      z.dispose();
      return Promise.resolve();
    });
    return objective;
  };
  const embeddings = (step = 0): tf.Variable[] =>
    Array.from({ length: count }, (_, view) =>
      tf.tidy(() => tf.variable(normal(`view ${String(view)} of step ${String(step)}`, [batchSize, inDim]))),
    );
  const free = (objective: Objective, frozen = objective.frozen?.(progressAt(20)) ?? []): tf.Variable[] =>
    objective
      .variables()
      .filter(({ name }) => !frozen.includes(name))
      .map(({ variable }) => variable);
  /** Of a step late enough that nothing is frozen any more, its updates thrown away. */
  const lossOf = (objective: Objective, z: readonly tf.Variable[]): tf.Scalar => {
    const updates = new UpdateCollector();
    try {
      return objective.loss(
        z as readonly tf.Tensor[] as tf.Tensor2D[],
        batchAt(20, batchSize),
        trainingForward(updates),
      ).loss;
    } finally {
      updates.discard();
    }
  };
  const valueOf = (objective: Objective, z: readonly tf.Variable[]): number =>
    tf.tidy(() => numberOf(lossOf(objective, z)));
  /** A whole step with its updates. */
  const trainedLoss = (objective: Objective, step: number): number => {
    objective.beforeStep?.(progressAt(step));
    const z = embeddings(step);
    const updates = new UpdateCollector();
    const loss = tf.tidy(() =>
      numberOf(
        objective.loss(z as readonly tf.Tensor[] as tf.Tensor2D[], batchAt(step, batchSize), trainingForward(updates))
          .loss,
      ),
    );
    updates.commit();
    tf.dispose(z);
    return loss;
  };

  describe(`objective ${extension.name}`, () => {
    beforeAll(async () => {
      await openEngine(spec.engine ?? 'cpu');
    });
    testOptions(extension, options, spec.badOptions);

    test('the loss is a finite scalar and changes nothing', async () => {
      const objective = await build();
      const z = embeddings();
      const before = plain(objective.state());
      const first = valueOf(objective, z);
      expect(first, 'the loss is a finite number').toSatisfy(Number.isFinite);
      expect(
        valueOf(objective, z),
        'a second forward pass gives the same: draw from keyed streams only, and change nothing before the commit',
      ).toBe(first);
      expect(
        plain(objective.state()),
        'what a step changes goes into forward.updates, and is there after the commit only',
      ).toEqual(before);
      tf.dispose(z);
      objective.dispose();
    });

    test('a gradient reaches every view and every variable that is not frozen', async () => {
      const objective = await build();
      objective.beforeStep?.(progressAt(20));
      const z = embeddings();
      const owned = free(objective);
      const variables = [...z, ...owned];
      const nameOf = (variable: tf.Variable): string =>
        objective.variables().find((known) => known.variable === variable)?.name ?? '';
      const { grads } = tf.tidy(() => tf.variableGrads(() => lossOf(objective, z), variables));
      expectGradients(
        [...z.map((_, view) => `view ${String(view)}`), ...owned.map(nameOf)],
        variables.map(({ name }) => grads[name]),
      );
      tf.dispose([z, grads]);
      objective.dispose();
    });

    test.skipIf(spec.finiteDifferences === false)('the gradient agrees with finite differences', async () => {
      const objective = await build();
      objective.beforeStep?.(progressAt(20));
      const z = embeddings();
      expectFiniteDifferences(z, () => lossOf(objective, z));
      tf.dispose(z);
      objective.dispose();
    });

    test('the loss falls when the embeddings follow its gradient', async () => {
      const objective = await build();
      objective.beforeStep?.(progressAt(20));
      const z = embeddings();
      const first = valueOf(objective, z);
      for (let i = 0; i < 40; i++) descend(z, () => lossOf(objective, z));
      expect(
        valueOf(objective, z),
        'the loss falls in 40 steps down its gradient; a loss that is to be made large needs a minus',
      ).toBeLessThan(first);
      tf.dispose(z);
      objective.dispose();
    });

    test('the same seed gives the same numbers', async () => {
      const [a, b] = [await build(), await build()];
      for (let step = 0; step < 6; step++)
        expect(trainedLoss(a, step), `step ${String(step)} of two alike`).toBe(trainedLoss(b, step));
      expect(plain(a.state())).toEqual(plain(b.state()));
      a.dispose();
      b.dispose();
    });

    test('its state round-trips: a restored copy goes on with the same numbers', async () => {
      const [a, b] = [await build(), await build()];
      for (let step = 0; step < 12; step++) trainedLoss(a, step);
      const state = copyOf(a.state());
      const weights = a.variables().map(({ variable }) => tf.clone(variable as tf.Tensor));
      b.restore(state);
      b.variables().forEach(({ variable }, i) => {
        const weight = weights[i];
        if (weight) variable.assign(weight);
      });
      tf.dispose([state.tensors, weights]);
      for (let step = 12; step < 16; step++)
        expect(trainedLoss(b, step), 'after restore(state()): all that a step changes is in state()').toBe(
          trainedLoss(a, step),
        );
      expect(plain(b.state())).toEqual(plain(a.state()));
      a.dispose();
      b.dispose();
    });

    test('steps leave no tensors, and dispose frees all', async () => {
      const before = tf.memory().numTensors;
      const objective = await build();
      trainedLoss(objective, 0);
      expectNoLeak(() => {
        for (let step = 1; step < 14; step++) trainedLoss(objective, step);
      });
      objective.dispose();
      expectTensors(before);
    });
  });
}

/** One step of normalised gradient descent. */
export function descend(variables: readonly tf.Variable[], loss: () => tf.Scalar, rate = 0.05): void {
  tf.tidy(() => {
    const { grads } = tf.variableGrads(loss, [...variables]);
    for (const variable of variables) {
      const gradient = grads[variable.name];
      if (!gradient) continue;
      const length = Math.sqrt(valuesOf(gradient).reduce((sum, value) => sum + value * value, 0)) || 1;
      variable.assign(tf.sub(variable, tf.mul(gradient, (rate * Math.sqrt(variable.size)) / length)));
    }
  });
}
