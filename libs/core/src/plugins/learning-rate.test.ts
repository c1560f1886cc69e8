import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Optimizer } from '../contracts/parts.ts';
import { defineOptimizer } from './define.ts';
import type { Extension } from './extension.ts';
import { peakLearningRate } from './learning-rate.ts';
import { definePlugin } from './plugin.ts';
import { Registry } from './registry.ts';

const create = (): Optimizer => {
  throw new Error('never built');
};
const named = { name: 'mine', summary: 'A test.', create };
/** As a package in JavaScript has it: no types stand in the way. */
const untyped = defineOptimizer as unknown as (definition: object) => Extension<'optimizer'>;
const register = (options: unknown): Registry =>
  new Registry([
    definePlugin({ name: 'tessera-plugin-mine', contract: 2, extensions: [untyped({ ...named, options })] }),
  ]);

describe('an optimizer', () => {
  it('compiles with a learningRate that is always a number', () => {
    const rate = z.number().positive();
    defineOptimizer({ ...named, options: z.strictObject({ learningRate: rate }) });
    defineOptimizer({ ...named, options: z.strictObject({ learningRate: rate.default(1), momentum: rate }) });
    defineOptimizer({ ...named, options: z.strictObject({ learningRate: z.string().transform(Number) }) });
    defineOptimizer({ ...named, options: z.strictObject({ learningRate: rate }).refine(() => true) });
    // @ts-expect-error -- the rate has another name
    defineOptimizer({ ...named, options: z.strictObject({ rate }) });
    // @ts-expect-error -- there may be none
    defineOptimizer({ ...named, options: z.strictObject({ learningRate: rate.optional() }) });
    // @ts-expect-error -- null is no rate
    defineOptimizer({ ...named, options: z.strictObject({ learningRate: rate.nullable() }) });
    // @ts-expect-error -- a text is no rate
    defineOptimizer({ ...named, options: z.strictObject({ learningRate: z.string() }) });
    // @ts-expect-error -- the transform takes it away
    defineOptimizer({ ...named, options: z.strictObject({ learningRate: rate }).transform(() => ({ other: 1 })) });
    expect(() => register(z.strictObject({ learningRate: rate }))).not.toThrow();
  });

  it.each([
    ['a default', z.strictObject({ learningRate: z.number().default(0.1) })],
    ['a transform', z.strictObject({ learningRate: z.number().transform((d) => d / 2) })],
    ['a coercion', z.strictObject({ learningRate: z.coerce.number() })],
    ['a check of all', z.strictObject({ learningRate: z.number() }).refine(() => true)],
    ['a transform of all', z.strictObject({ learningRate: z.number() }).transform((options) => options)],
    [
      'either of two',
      z.union([z.strictObject({ learningRate: z.number() }), z.strictObject({ learningRate: z.literal(1) })]),
    ],
    ['more from elsewhere', z.intersection(z.object({ learningRate: z.number() }), z.object({ momentum: z.number() }))],
  ])('registers with %s', (_name, options) => {
    expect(register(options).list('optimizer')).toHaveLength(1);
  });

  it.each([
    ['another name', z.strictObject({ rate: z.number().default(0.1) })],
    ['no options', z.strictObject({})],
    ['one that may be missing', z.strictObject({ learningRate: z.number().optional() })],
    ['one that may be null', z.strictObject({ learningRate: z.number().nullable() })],
    ['a text', z.strictObject({ learningRate: z.string() })],
    ['a list', z.strictObject({ learningRate: z.array(z.number()) })],
    [
      'one of two without',
      z.union([z.strictObject({ learningRate: z.number() }), z.strictObject({ rate: z.number() })]),
    ],
    ['one that is made up', z.strictObject({ rate: z.number() }).transform(({ rate }) => ({ learningRate: rate }))],
    ['one that becomes a text', z.strictObject({ learningRate: z.number().transform(String).pipe(z.string()) })],
    ['no schema', {}],
  ])('does not register with %s, and its package is named', (_name, options) => {
    expect(() => register(options)).toThrow(
      expect.objectContaining({
        code: 'E_OPTIMIZER_LEARNING_RATE',
        message: expect.stringMatching(/'mine' of 'tessera-plugin-mine'.*'learningRate'/) as string,
      }),
    );
  });

  it('tells its peak as the schema makes it', () => {
    const halved = untyped({ ...named, options: z.strictObject({ learningRate: z.number().transform((d) => d / 2) }) });
    expect(peakLearningRate(halved, { learningRate: 8 })).toBe(4);
    const texts = untyped({ ...named, options: z.strictObject({ learningRate: z.number().transform(String) }) });
    expect(() => peakLearningRate(texts, { learningRate: 8 })).toThrow(
      expect.objectContaining({ code: 'E_OPTIMIZER_LEARNING_RATE' }),
    );
  });
});
