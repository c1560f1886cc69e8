/**
 * What the contract refuses before anything runs. `tsc` checks this file with the rest: a line under `@ts-expect-error` that compiles is an error.
 * The tests ask at run time what types alone cannot show.
 */
import {
  contractVersion,
  defineMethod,
  defineObjective,
  defineOptimizer,
  definePlugin,
  defineReporter,
  Registry,
  singleProcess,
  statelessObjective,
  type Embeddings,
  type Encoder,
  type EventBus,
  type Head,
  type Method,
  type Objective,
  type Optimizer,
  type Reporter,
  type TesseraEvent,
  type TokenEncoder,
} from '@tessera/core';
import { composeMethod, evaluationForward } from '@tessera/engine';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { key, twoViews } from './fixtures.ts';

const summary = 'Of the tests of types: never run.';
const nothing = z.strictObject({});
const weighted = z.strictObject({ weight: z.number().default(1) });
const defaults = { augmenter: { name: 'a' }, optimizer: { name: 'o' }, schedule: { name: 's' } };
const optimizer = (): Optimizer => {
  throw new Error(summary);
};
/** Calls that are never made. */
const calls: Parameters<typeof composeMethod>[1] = {
  embed: () => ({ features: [], embeddings: {} }),
  loss: () => {
    throw new Error(summary);
  },
};

describe('an optimizer', () => {
  test('has a number learningRate among its options, or neither compiles nor registers', () => {
    defineOptimizer({ name: 'x', summary, options: z.strictObject({ learningRate: z.number() }), create: optimizer });
    defineOptimizer({
      name: 'x',
      summary,
      options: z.strictObject({ learningRate: z.string().transform(Number) }),
      create: optimizer,
    });
    // @ts-expect-error a rate under another name
    const without = defineOptimizer({ name: 'x', summary, options: z.strictObject({ lr: z.number() }), create: optimizer }); // prettier-ignore
    // @ts-expect-error a rate that may be missing
    defineOptimizer({ name: 'x', summary, options: z.strictObject({ learningRate: z.number().optional() }), create: optimizer }); // prettier-ignore
    // @ts-expect-error a rate that is a text
    defineOptimizer({ name: 'x', summary, options: z.strictObject({ learningRate: z.string() }), create: optimizer });
    expect(() => new Registry([definePlugin({ name: 'p', contract: 2, extensions: [without] })])).toThrow(
      /'x' of 'p' has no option 'learningRate'/,
    );
  });

  test('is told rates and not the rate alone', () => {
    expectTypeOf<Parameters<Optimizer['update']>[1]>().toExtend<{ readonly learningRate: number }>();
    // @ts-expect-error the contract before this one
    const old: Optimizer['update'] = (_grads, learningRate: number) => learningRate;
    expect(old).toBeTypeOf('function');
  });
});

describe('a method', () => {
  const parts = {
    encoder: { kind: 'encoder', tokens: true, default: { name: 'vit' } },
    plain: { kind: 'encoder', default: { name: 'resnet' } },
    predictor: { kind: 'head', default: { name: 'mlp' } },
    objective: { kind: 'objective', default: { name: 'nt-xent' } },
  } as const;

  test('builds the parts that it names, by their kinds, and no others', () => {
    defineMethod({
      name: 'x',
      summary,
      options: nothing,
      parts,
      defaults,
      create: (_options, { build }) => {
        const encoder = build('encoder');
        expectTypeOf(encoder).toEqualTypeOf<TokenEncoder>();
        expectTypeOf(build('plain')).toEqualTypeOf<Encoder>();
        expectTypeOf(build('predictor', { inDim: 1 })).toEqualTypeOf<Head>();
        expectTypeOf(build('objective', { inDim: 1, scope: 'mine' })).toEqualTypeOf<Objective>();
        // @ts-expect-error a part that it does not name
        build('head', { inDim: 1 });
        // @ts-expect-error a head without the width of what it gets
        build('predictor');
        // @ts-expect-error tokens of an encoder of which it did not ask them
        expectTypeOf(build('plain').tokens).toBeAny();
        return composeMethod({ encoder }, calls);
      },
    });
    // @ts-expect-error no kind of part
    defineMethod({ name: 'x', summary, options: nothing, parts: { d: { kind: 'decoder', default: { name: 'd' } } }, defaults, create: () => composeMethod(given, calls) }); // prettier-ignore
    // @ts-expect-error tokens of a head
    defineMethod({ name: 'x', summary, options: nothing, parts: { h: { kind: 'head', tokens: true, default: { name: 'd' } } }, defaults, create: () => composeMethod(given, calls) }); // prettier-ignore
    expect(defineMethod({ name: 'x', summary, options: nothing, parts, defaults, create }).parts).toBe(parts);
  });

  test('gets its options as the schema makes them', () => {
    defineMethod({
      name: 'x',
      summary,
      options: z.strictObject({ ratio: z.number().default(1), text: z.string().transform((text) => text.length) }),
      parts,
      defaults,
      create: (options) => {
        expectTypeOf(options).toEqualTypeOf<{ ratio: number; text: number }>();
        return composeMethod(given, calls);
      },
    });
    expectTypeOf<Method['representation']>().toEqualTypeOf<Encoder>();
  });
});

/** Stand for parts that are never made. */
declare const given: { readonly encoder: Encoder };
const create = (): Method => composeMethod(given, calls);

describe('an objective', () => {
  const lossOf = (z_BD: Tensor2D | undefined, weight: number) => {
    expect(weight).toBe(1);
    return { loss: z_BD as unknown as Scalar, metrics: {} };
  };

  test('sees the roles that its needs name, and no others', () => {
    const two = defineObjective({
      name: 'two',
      summary,
      options: weighted,
      needs: { roles: ['query', 'key'] },
      create: ({ weight }) =>
        statelessObjective((embeddings) => {
          expectTypeOf(embeddings).toEqualTypeOf<Embeddings<'query' | 'key'>>();
          return lossOf(embeddings.query?.[0], weight);
        }),
    });
    defineObjective({
      name: 'x',
      summary,
      options: weighted,
      needs: { roles: ['query', 'key'] },
      create: ({ weight }) =>
        statelessObjective((embeddings) => {
          // @ts-expect-error 'target' is not among its roles
          const { target } = embeddings;
          return lossOf(target as undefined, weight);
        }),
    });
    defineObjective({
      name: 'x',
      summary,
      options: weighted,
      create: ({ weight }) =>
        statelessObjective((embeddings) => {
          expectTypeOf(embeddings).toEqualTypeOf<Embeddings<'online'>>();
          // @ts-expect-error without roles there is 'online' only
          const { target } = embeddings;
          return lossOf(target as undefined, weight);
        }),
    });
    const context = { key, inDim: 1, batchSize: 2, views: twoViews, data: { size: 2 }, collective: singleProcess };
    const query = { id: 1 } as unknown as Tensor2D;
    const built = two.build({}, { ...context, scope: 'objective', warn: () => undefined });
    // Whoever holds it without its definition gives any roles.
    expectTypeOf(built).toEqualTypeOf<Objective>();
    expect(built.loss({ query: [query], key: [] }, {}, evaluationForward()).loss).toBe(query);
  });

  test('takes its roles as they come where create looks at no options', () => {
    const extension = defineObjective({
      name: 'x',
      summary,
      options: nothing,
      needs: { roles: ['query', 'key'] },
      create: () => statelessObjective(({ query = [], key: keys = [] }) => lossOf(query[0] ?? keys[0], 1)),
    });
    expect(extension.needs?.roles).toEqual(['query', 'key']);
  });

  test('may say that it needs labels, not that it does not', () => {
    const create = (): Objective => statelessObjective(({ online = [] }) => lossOf(online[0], 1));
    // @ts-expect-error what is not needed is left out
    const extension = defineObjective({ name: 'x', summary, options: nothing, needs: { labels: false }, create });
    expect(extension.kind).toBe('objective');
  });
});

describe('a reporter', () => {
  test('sees events and cannot publish any', () => {
    const seen = defineReporter({
      name: 'x',
      summary,
      options: nothing,
      create: (_options, context) => {
        expectTypeOf(context).not.toHaveProperty('bus');
        return (events) => {
          expectTypeOf(events).not.toHaveProperty('next');
          expectTypeOf(events).not.toHaveProperty('publish');
          // @ts-expect-error an observable, not a subject
          const { next } = events;
          expect(next).toBeUndefined();
          return events;
        };
      },
    });
    expectTypeOf<Parameters<Reporter>>().not.toExtend<[EventBus]>();
    // @ts-expect-error what it returns is subscribed to
    const silent: Reporter = () => undefined;
    expect([seen.kind, typeof silent]).toEqual(['reporter', 'function']);
  });

  test('cannot change an event', () => {
    const rename = (event: TesseraEvent): void => {
      // @ts-expect-error events are immutable
      event.type = 'step';
    };
    expect(rename).toBeTypeOf('function');
  });
});

test('a plugin says the contract that it was written for', () => {
  expect(definePlugin({ name: 'p', contract: 2, extensions: [] }).contract).toBe(contractVersion);
  // @ts-expect-error it does not say any
  const none = definePlugin({ name: 'p', extensions: [] });
  // @ts-expect-error another than this one
  const other = definePlugin({ name: 'p', contract: 1, extensions: [] });
  for (const plugin of [none, other]) expect(() => new Registry([plugin])).toThrow(/plugin 'p'/);
});
