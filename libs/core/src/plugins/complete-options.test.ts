import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { completeOptions } from './complete-options.ts';
import { defineHead } from './define.ts';

const halved = z.number().transform((d) => d / 2);

/** Functions by what they give, as `toEqual` compares only who they are. */
const seen = (value: unknown): unknown => (typeof value === 'function' ? (value as (x: number) => unknown)(3) : value);

describe('completeOptions', () => {
  it.each<[name: string, schema: z.ZodType, written: unknown, completed: unknown]>([
    ['a default', z.number().default(1), undefined, 1],
    [
      'a default before a transform',
      z
        .number()
        .default(8)
        .transform((d) => d / 2),
      undefined,
      8,
    ],
    ['a default after a transform', halved.default(4), undefined, undefined],
    ['a transform', halved, 8, 8],
    ['a prefault before a transform', halved.prefault(8), undefined, 8],
    ['a coercion', z.coerce.number(), '5', '5'],
    ['a preprocessing', z.preprocess((x) => Number(x) + 1, z.number().default(2)), 7, 7],
    ['a pipe', z.string().default('7').pipe(z.coerce.number()), undefined, '7'],
    [
      'a map',
      z
        .array(z.string())
        .default(['a'])
        .transform((names) => new Map(names.map((name) => [name, 1]))),
      undefined,
      ['a'],
    ],
    [
      'a default that is a map',
      z
        .array(z.string())
        .transform((names) => new Map(names.map((n) => [n, 1])))
        .default(new Map()),
      undefined,
      undefined,
    ],
    [
      'a function',
      z
        .number()
        .default(2)
        .transform((factor) => (x: number) => factor * x),
      undefined,
      2,
    ],
    ['an optional default', z.number().default(1).optional(), undefined, 1],
    ['an optional', halved.optional(), undefined, undefined],
    ['null', halved.nullable().default(null), undefined, null],
    ['a list', z.array(z.strictObject({ a: halved, b: z.number().default(3) })), [{ a: 2 }], [{ a: 2, b: 3 }]],
    ['a tuple', z.tuple([halved, z.strictObject({ b: z.int().default(3) })]), [4, {}], [4, { b: 3 }]],
    ['a record', z.record(z.string(), z.strictObject({ b: halved.prefault(6) })), { x: {} }, { x: { b: 6 } }],
    ['an alternative', z.union([halved, z.strictObject({ b: z.number().default(3) })]), {}, { b: 3 }],
    [
      'an alternative that would become another',
      z.union([z.object({ a: z.number() }), z.object({ b: z.number(), a: z.number().default(1) })]),
      { b: 2 },
      { b: 2 },
    ],
    [
      'both sides of an intersection',
      z.intersection(
        z.object({ a: z.number().default(1) }),
        z.object({
          b: z
            .number()
            .default(8)
            .transform((d) => d / 2),
        }),
      ),
      {},
      { a: 1, b: 8 },
    ],
    [
      'an object with a transform',
      z.strictObject({ a: z.number().default(8) }).transform(({ a }) => ({ a: a / 2 })),
      {},
      { a: 8 },
    ],
    ['an object that drops what it does not know', z.object({ a: z.number() }), { a: 1, x: 2 }, { a: 1 }],
    ['an object that keeps it', z.looseObject({ a: z.number() }), { a: 1, x: 2 }, { a: 1, x: 2 }],
    ['a catch', z.number().catch(4), undefined, 4],
    ['something lazy', z.lazy(() => z.strictObject({ a: z.number().default(1) })), {}, { a: 1 }],
    ['a default in a default', z.strictObject({ a: z.number().default(1) }).prefault({}), undefined, { a: 1 }],
    ['a brand', z.number().default(1).brand('x').readonly(), undefined, 1],
  ])('keeps what is written and means the same: %s', (_name, option, written, completed) => {
    const schema = z.strictObject({ option });
    const raw = written === undefined ? {} : { option: written };
    const filled = completeOptions(schema, raw);
    expect(filled).toEqual(completed === undefined ? {} : { option: completed });
    const parsed = (options: unknown): unknown => seen(schema.parse(options).option);
    expect(parsed(filled)).toEqual(parsed(raw));
    expect(completeOptions(schema, filled)).toEqual(filled);
  });

  it('a transform is applied once between a recipe and what is built', () => {
    const seenOptions: unknown[] = [];
    const head = defineHead({
      name: 'half',
      summary: 'Says what it gets.',
      options: z.strictObject({ out: z.number().transform((d) => d / 2), scale: z.number().default(1) }),
      create: (options) => {
        seenOptions.push(options);
        throw new Error('enough');
      },
    });
    const resolved = head.parse({ out: 8 });
    expect(resolved).toEqual({ out: 8, scale: 1 });
    expect(() => head.build(head.parse(resolved), {} as Parameters<typeof head.build>[1])).toThrow('enough');
    expect(seenOptions).toEqual([{ out: 4, scale: 1 }]);
  });
});
