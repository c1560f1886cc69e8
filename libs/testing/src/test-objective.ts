import {
  singleProcess,
  type Embeddings,
  type ExtensionOf,
  type Json,
  type Objective,
  type ViewSpec,
} from '@tessera/core';
import { openEngine, UpdateCollector, type EngineChoice } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { descend } from './descend.ts';
import {
  copyOf,
  expectFiniteDifferences,
  expectGradients,
  expectTensors,
  plain,
  testOptions,
  type BadOptions,
} from './expectations.ts';
import {
  batchOf,
  beginEpoch,
  data,
  endEpoch,
  freeVariables,
  key,
  LATE,
  nameIn,
  normal,
  numberOf,
  passOf,
  progressAt,
  trainingForward,
  twoViews,
} from './fixtures.ts';

export interface ObjectiveSpec {
  /** Options that have no default, or that make it small. */
  readonly options?: Json;
  readonly badOptions?: BadOptions;
  /** Default: two views of one size. */
  readonly views?: readonly ViewSpec[];
  /** Roles among the objective's `needs.roles` whose embeddings it holds constant: the targets of a momentum network, keys. */
  readonly constantRoles?: readonly string[];
  /** Roles that have one embedding an image, whatever the views: MoCo's query and key. */
  readonly oneViewRoles?: readonly string[];
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
  const { options = {}, views = twoViews, batchSize = 8, inDim = 6 } = spec;
  const count = views.reduce((sum, view) => sum + view.count, 0);

  const build = async (): Promise<Objective> => {
    const objective = extension.build(options, {
      key,
      inDim,
      batchSize,
      views,
      data,
      collective: singleProcess,
      scope: 'objective',
      warn: () => undefined,
    });
    await objective.beforeEpoch?.(progressAt(0), passOf(inDim));
    return objective;
  };
  const { constantRoles = [], oneViewRoles = [] } = spec;
  /** Each role of each view, in turn. */
  const slots = (extension.needs?.roles ?? ['online']).flatMap((role) =>
    Array.from({ length: oneViewRoles.includes(role) ? 1 : count }, (_, view) => ({
      role,
      name: role === 'online' ? `view ${String(view)}` : `${role} of view ${String(view)}`,
    })),
  );
  const embeddings = (step = 0): tf.Variable[] =>
    slots.map(({ name }) => tf.tidy(() => tf.variable(normal(`${name} of step ${String(step)}`, [batchSize, inDim]))));
  const free = (z: readonly tf.Variable[]): tf.Variable[] =>
    z.filter((_, i) => !constantRoles.includes(slots[i]?.role ?? ''));
  const byRole = (z: readonly tf.Variable[]): Embeddings =>
    Object.fromEntries(
      slots.map(({ role }) => [
        role,
        z.filter((_, i) => slots[i]?.role === role) as readonly tf.Tensor[] as tf.Tensor2D[],
      ]),
    );
  const lossOf = (objective: Objective, z: readonly tf.Variable[], step: number, updates: UpdateCollector): tf.Scalar =>
    objective.loss(byRole(z), batchOf(batchSize), trainingForward(updates, step, batchSize)).loss;
  /** The loss of the late step, its updates thrown away. */
  const triedLoss = (objective: Objective, z: readonly tf.Variable[]): tf.Scalar => {
    const updates = new UpdateCollector();
    try {
      return lossOf(objective, z, LATE, updates);
    } finally {
      updates.discard();
    }
  };
  const triedValue = (objective: Objective, z: readonly tf.Variable[]): number =>
    tf.tidy(() => numberOf(triedLoss(objective, z)));
  /** A whole step with its updates and every hook. */
  const stepLoss = async (objective: Objective, step: number): Promise<number> => {
    await beginEpoch(objective, step, inDim);
    objective.beforeStep?.(progressAt(step));
    const z = embeddings(step);
    const updates = new UpdateCollector();
    const loss = tf.tidy(() => numberOf(lossOf(objective, z, step, updates)));
    updates.commit();
    objective.afterStep?.(progressAt(step));
    endEpoch(objective, step);
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
      const first = triedValue(objective, z);
      expect(first, 'the loss is a finite number').toSatisfy(Number.isFinite);
      expect(
        triedValue(objective, z),
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
      objective.beforeStep?.(progressAt(LATE));
      const z = embeddings();
      const owned = freeVariables(objective, LATE);
      const variables = [...free(z), ...owned];
      const { grads } = tf.tidy(() => tf.variableGrads(() => triedLoss(objective, z), variables));
      expectGradients(
        [
          ...slots.filter(({ role }) => !constantRoles.includes(role)).map(({ name }) => name),
          ...owned.map((variable) => nameIn(objective, variable)),
        ],
        variables.map(({ name }) => grads[name]),
      );
      tf.dispose([z, grads]);
      objective.dispose();
    });

    test.skipIf(spec.finiteDifferences === false)('the gradient agrees with finite differences', async () => {
      const objective = await build();
      objective.beforeStep?.(progressAt(LATE));
      const z = embeddings();
      expectFiniteDifferences(free(z), () => triedLoss(objective, z));
      tf.dispose(z);
      objective.dispose();
    });

    test('the loss falls when the embeddings follow its gradient', async () => {
      const objective = await build();
      objective.beforeStep?.(progressAt(LATE));
      const z = embeddings();
      const first = triedValue(objective, z);
      for (let i = 0; i < 40; i++) descend(free(z), () => triedLoss(objective, z));
      expect(
        triedValue(objective, z),
        'the loss falls in 40 steps down its gradient; a loss that is to be made large needs a minus',
      ).toBeLessThan(first);
      tf.dispose(z);
      objective.dispose();
    });

    test('the same seed gives the same numbers', async () => {
      const [a, b] = [await build(), await build()];
      for (let step = 0; step < 6; step++)
        expect(await stepLoss(a, step), `step ${String(step)} of two alike`).toBe(await stepLoss(b, step));
      expect(plain(a.state())).toEqual(plain(b.state()));
      a.dispose();
      b.dispose();
    });

    test('its state round-trips: a restored copy goes on with the same numbers', async () => {
      const [a, b] = [await build(), await build()];
      for (let step = 0; step < 12; step++) await stepLoss(a, step);
      const state = copyOf(a.state());
      const weights = a.variables().map(({ variable }) => tf.clone(variable as tf.Tensor));
      b.restore(state);
      b.variables().forEach(({ variable }, i) => {
        const weight = weights[i];
        if (weight) variable.assign(weight);
      });
      tf.dispose([state.tensors, weights]);
      for (let step = 12; step < 16; step++)
        expect(await stepLoss(b, step), 'after restore(state()): all that a step changes is in state()').toBe(
          await stepLoss(a, step),
        );
      expect(plain(b.state())).toEqual(plain(a.state()));
      a.dispose();
      b.dispose();
    });

    test('steps leave no tensors, and dispose frees all', async () => {
      const before = tf.memory().numTensors;
      const objective = await build();
      await stepLoss(objective, 0);
      const begun = tf.memory().numTensors;
      for (let step = 1; step < 14; step++) await stepLoss(objective, step);
      expectTensors(begun);
      objective.dispose();
      expectTensors(before);
    });
  });
}
