import type { MethodExtension } from '@tessera/core';
import { evaluationForward, openEngine, UpdateCollector, type EngineChoice } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { descend } from './descend.ts';
import { copyOf, expectFiniteDifferences, expectGradients, testOptions, type BadOptions } from './expectations.ts';
import { expectFlatMemory } from './expect-flat-memory.ts';
import { expectForwarding } from './expect-forwarding.ts';
import { expectFreshAverages } from './expect-fresh-averages.ts';
import { expectKeyedDraws } from './expect-keyed-draws.ts';
import { freeVariables, LATE, nameIn, progressAt, trainingForward, twoViews } from './fixtures.ts';
import { BATCH, everything, methodUnderTest, release, type MethodSetting } from './method-under-test.ts';

export interface MethodSpec extends MethodSetting {
  readonly badOptions?: BadOptions;
  readonly engine?: EngineChoice;
  /** False where the loss is not a function of the batch alone, codes that are constants of the step for example. */
  readonly finiteDifferences?: boolean;
}

/**
 * Tests of a method, on the kit's own encoder and head: finite loss, gradients, finite differences, a loss that falls on a fixed batch, no change
 * before the commit, draws from the forward's key, every hook of every part forwarded, averages of the weights that a step leaves, the same seed the
 * same numbers, a state that round-trips, no leaks, bad options named. Call it at the top of a test file.
 * @example testMethod(myMethod, { plugins: [lossesPlugin] });
 */
export function testMethod(extension: MethodExtension, spec: MethodSpec = {}): void {
  const { options = {}, views = twoViews } = spec;
  const underTest = methodUnderTest(extension, spec);
  const { build, viewsOf, triedLoss, triedValue, train } = underTest;

  describe(`method ${extension.name}`, () => {
    beforeAll(async () => {
      await openEngine(spec.engine ?? 'cpu');
    });
    testOptions(extension, options, spec.badOptions);

    test('names its parts and those of the run', () => {
      for (const part of ['augmenter', 'optimizer', 'schedule'] as const)
        expect(extension.defaults[part].name, `\`defaults.${part}\` names one`).not.toBe('');
      for (const [name, part] of Object.entries(extension.parts))
        expect(part.default.name, `\`parts.${name}.default\` names one`).not.toBe('');
    });

    test('embeds every view, one [B, D] each, and changes nothing by it', async () => {
      const method = await build();
      const input = viewsOf(0);
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
      expect(triedValue(method, input), 'the loss is a finite number').toSatisfy(Number.isFinite);
      expect(everything(method), 'what a step changes goes into forward.updates').toEqual(before);
      release(input);
      method.dispose();
    });

    test("draws come from the forward's key: passes over one step are equal", () => expectKeyedDraws(underTest));

    test('every variable, buffer, state and hook of every part is forwarded', () => expectForwarding(underTest));

    test('momentum networks follow the weights that a step leaves', () => expectFreshAverages(underTest));

    test('a gradient reaches every variable that is not frozen', async () => {
      const method = await build();
      method.beforeStep?.(progressAt(LATE));
      const input = viewsOf(0);
      const variables = freeVariables(method, LATE);
      const { grads } = tf.tidy(() => tf.variableGrads(() => triedLoss(method, input), variables));
      expectGradients(
        variables.map((variable) => nameIn(method, variable)),
        variables.map(({ name }) => grads[name]),
      );
      tf.dispose(grads);
      if (spec.finiteDifferences !== false) expectFiniteDifferences(variables, () => triedLoss(method, input));
      release(input);
      method.dispose();
    });

    test('the loss falls on a fixed batch', async () => {
      const method = await build();
      method.beforeStep?.(progressAt(LATE));
      const input = viewsOf(0);
      const first = triedValue(method, input);
      for (let i = 0; i < 20; i++) descend(freeVariables(method, LATE), () => triedLoss(method, input), 0.01);
      expect(triedValue(method, input), 'the loss falls in 20 steps down its gradient').toBeLessThan(first);
      release(input);
      method.dispose();
    });

    test('the same seed gives the same numbers; the state round-trips in the middle', async () => {
      const [a, b] = [await build(), await build()];
      for (let step = 0; step < 7; step++)
        expect(await train(a, step), `step ${String(step)} of two alike`).toBe(await train(b, step));
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
          await train(c, step),
          'after restore(state()): all that a step changes is a variable, a buffer or in state()',
        ).toBe(await train(a, step));
      expect(everything(c)).toEqual(everything(a));
      for (const method of [a, b, c]) method.dispose();
    });

    test('steps leave no tensors, and dispose frees all', () => expectFlatMemory(underTest));
  });
}
