import type { Method, MethodExtension } from '@tessera/core';
import { openEngine } from '@tessera/engine';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectForwarding } from './expect-forwarding.ts';
import { byHand, type Parts } from './testdata/by-hand.ts';
import { foundBy } from './testdata/found-by.ts';

type Change = NonNullable<Parameters<typeof byHand>[1]>;

beforeAll(async () => {
  await openEngine('cpu');
});

describe('a hook that is not forwarded', () => {
  const without =
    (hook: keyof Method): Change =>
    (method) =>
      Object.fromEntries(Object.entries(method).filter(([name]) => name !== hook)) as unknown as Method;
  const forgetful: Readonly<Record<string, Change>> = {
    beforeEpoch: without('beforeEpoch'),
    beforeStep: without('beforeStep'),
    afterStep: without('afterStep'),
    frozen: without('frozen'),
    epochMetrics: without('epochMetrics'),
    state: (method) => ({ ...method, state: () => ({ tensors: {}, json: null }) }),
    restore: (method) => ({ ...method, restore: () => undefined }),
    variables: (method, { encoder, head }) => ({
      ...method,
      variables: () => [...encoder.variables(), ...head.variables()],
    }),
    dispose: (method, { encoder, head }) => ({
      ...method,
      dispose: () => {
        encoder.dispose();
        head.dispose();
      },
    }),
  };
  // Of an objective that has it, and of one that has not: the method takes any.
  const cases = ['every-hook', 'length'].flatMap((objective) =>
    Object.entries(forgetful).map(([hook, change]) => [hook, objective, change] as const),
  );
  test.each(cases)('%s of the objective %s', async (hook, objective, change) => {
    const message = await foundBy(expectForwarding, byHand(objective, change));
    expect(message).toContain(`${hook}() of the part 'objective' is not forwarded`);
    expect(message).toContain('composeMethod');
  });

  test.each([
    ['beforeStep', 2, (method) => ({ ...method, beforeStep: (now) => { method.beforeStep?.(now); method.beforeStep?.(now); } })], // prettier-ignore
    ['afterStep', 0, (method) => ({ ...method, afterStep: (now) => method.afterStep?.({ ...now, step: 0 }) })],
  ] as readonly [string, number, Change][])(
    '%s called otherwise than once a step, with its progress (%i)',
    async (hook, _times, change) => {
      const message = await foundBy(expectForwarding, byHand('length', change));
      expect(message).toContain(`${hook}() of the part 'objective' is called once a step, with its progress`);
    },
  );

  test('a pass over the data that gives features where the objective sees embeddings', async () => {
    const features = byHand('length', (method, { objective }) => ({
      ...method,
      beforeEpoch: async (progress, pass) => objective.beforeEpoch?.(progress, pass),
    }));
    expect(await foundBy(expectForwarding, features)).toMatch(
      /beforeEpoch\(\) of the part 'objective' is given has rows/,
    );
  });

  test('a pass over the data that is not waited for', async () => {
    const hasty = byHand('length', (method) => ({
      ...method,
      beforeEpoch: (progress, pass) => {
        void method.beforeEpoch?.(progress, pass);
        return Promise.resolve();
      },
    }));
    expect(await foundBy(expectForwarding, hasty)).toContain("beforeEpoch() of the part 'objective' is not awaited");
  });

  const networks: readonly [string, string, (method: ReturnType<MethodExtension['build']>, parts: Parts) => object][] =
    [
      ['variables', 'head', (_method, { encoder, objective }) => ({ variables: () => [...encoder.variables(), ...objective.variables()] })], // prettier-ignore
      ['buffers', 'head', (_method, { encoder }) => ({ buffers: () => encoder.buffers() })],
      ['buffers', 'encoder', (_method, { head }) => ({ buffers: () => head.buffers() })],
      ['dispose', 'head', (_method, { encoder, objective }) => ({ dispose: () => { encoder.dispose(); objective.dispose(); } })], // prettier-ignore
    ];
  test.each(networks)('%s of the %s', async (what, part, change) => {
    const extension = byHand('length', (method, parts) => ({ ...method, ...change(method, parts) }));
    expect(await foundBy(expectForwarding, extension)).toContain(`${what}() of the part '${part}' is not forwarded`);
  });

  test('a method that is one objective’s forwards what that one has', async () => {
    const own = (objective: string, hook: string) => ({
      ...byHand(objective, forgetful[hook]),
      objectives: [objective],
    });
    for (const hook of ['beforeStep', 'state', 'frozen', 'epochMetrics', 'variables']) {
      expect(await foundBy(expectForwarding, own('length', hook)), hook).toBe('');
      expect(await foundBy(expectForwarding, own('every-hook', hook)), hook).toContain(`${hook}() of the part`);
    }
  });
});
