import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { loadAddon } from '../addon.ts';
import { status, suffix } from '../testing/compare.ts';
import { wildValue } from './draws.ts';
import type { AddonCase, Argument, Position } from './fuzz-case.ts';
import { FuzzPool } from './fuzz-pool.ts';
import { ONLY, RUN } from './fuzz-settings.ts';

const value = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<Argument> =>
  arbitrary.map((v) => ({ is: 'value', value: v }));
const handle: fc.Arbitrary<Argument> = fc.record({ is: fc.constant('handle' as const), at: fc.nat(63) });
const ODD = [
  'freed',
  'freed list',
  'function',
  'symbol',
  'bigint',
  'sparse',
  'long',
  'holes',
  'strings',
  'proxy',
  'throws',
  'releases',
  'grows',
  'object',
];
const TYPES = [
  'Float32Array',
  'Float64Array',
  'Int32Array',
  'Int16Array',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Uint16Array',
  'Uint32Array',
  'BigInt64Array',
  'DataView',
];
const memory: fc.Arbitrary<Argument> = fc.record({
  is: fc.constant('memory' as const),
  type: fc.constantFrom(...TYPES),
  length: fc.constantFrom(0, 1, 3, 4, 6, 9, 12, 100),
  backing: fc.constantFrom('plain', 'plain', 'shared', 'detached', 'buffer'),
});
const anything: fc.Arbitrary<Argument> = fc.oneof(
  handle,
  memory,
  value(wildValue),
  fc.record({ is: fc.constant('odd' as const), what: fc.constantFrom(...ODD) }),
);
const small = fc.integer({ min: -2, max: 6 });

/** What fits a position, so that the calls get past the first argument. */
const fitting: Readonly<Record<Position, fc.Arbitrary<Argument>>> = {
  handle,
  handles: fc.record({ is: fc.constant('handles' as const), at: fc.array(fc.nat(63), { maxLength: 4 }) }),
  number: value(fc.oneof(small, fc.double(), fc.constantFrom(0, 1, 1e9))),
  numbers: value(
    fc.oneof(
      fc.array(fc.constantFrom(0, 1, 2, 3), { maxLength: 5 }),
      fc.constantFrom([1, 1], [2, 2], [0, 0, 0, 0], [1, 0, 1, 0], [3, 3]),
      fc.array(small, { maxLength: 5 }),
    ),
  ),
  boolean: value(fc.boolean()),
  text: value(fc.constantFrom('linear', 'relu', 'ij,jk->ik', 'ij->', '...i->...', '', 'no such')),
  memory,
  optional: fc.oneof(value(fc.constantFrom(undefined, null)), handle),
};

function calls(name: string, positions: readonly Position[]): fc.Arbitrary<AddonCase> {
  const each = positions.map((p) => fc.oneof({ weight: 8, arbitrary: fitting[p] }, { weight: 1, arbitrary: anything }));
  const right: fc.Arbitrary<Argument[]> = fc.tuple(...each);
  const args = fc.oneof(
    { weight: 8, arbitrary: right },
    {
      weight: 1,
      arbitrary: fc.tuple(right, fc.array(anything, { maxLength: 18 })).map(([a, more]) => [...a, ...more]),
    },
    { weight: 1, arbitrary: fc.tuple(right, fc.nat(9)).map(([a, count]) => a.slice(0, count)) },
    { weight: 1, arbitrary: fc.array(anything, { maxLength: 10 }) },
  );
  return args.map((all) => ({ kind: 'addon', name, args: all }));
}

describe.skipIf(!status.available)(`no argument of a function of the addon ends the process${suffix}`, () => {
  const pool = new FuzzPool();
  const names = status.available ? Object.keys(loadAddon()).filter((name) => ONLY.test(name)) : [];
  let signatures: Record<string, Position[]> = {};
  afterAll(() => {
    pool.stop();
  });

  it('the signatures can be found out', async () => {
    signatures = ((await pool.ask({ kind: 'signatures' })) as { signatures: Record<string, Position[]> }).signatures;
    expect(signatures).toMatchObject({
      relu: ['handle'],
      add: ['handle', 'handle'],
      sum: ['handle', 'numbers', 'boolean'],
      fromMemory: ['memory', 'numbers', 'number', 'number'],
      release: ['handles'],
    });
  });

  it.for(names)('%s', { timeout: 180_000 }, async (name) => {
    await fc.assert(
      fc.asyncProperty(calls(name, signatures[name] ?? []), (call) => pool.judge(call)),
      RUN,
    );
  });
});
