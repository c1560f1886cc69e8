/** What the property tests pass to the functions of the addon. */
import * as fc from 'fast-check';
import { sensibleCases, wildNumber, wildValue } from './draws.ts';
import type { Template, Draw } from './draws.ts';
import type { AddonCase, Argument, CallCase, Change, Position } from './fuzz-case.ts';

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

/** A call of a function with what fits its positions, or does not, or is too little or too much. */
export function calls(name: string, positions: readonly Position[]): fc.Arbitrary<AddonCase> {
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

const element = fc.option(fc.nat(9), { nil: undefined, freq: 8 });
const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      at: fc.nat(15),
      element,
      by: fc.oneof(handle, value(small), value(wildNumber)),
      alike: fc.constant(true),
    }),
  },
  { weight: 1, arbitrary: fc.record({ at: fc.nat(15), element, by: anything, alike: fc.constant(false) }) },
);

/** One of the calls that a kernel makes of the addon, with up to three arguments, or elements of one, changed. */
export function changedCalls(kernel: string, template: (draw: Draw) => Template): fc.Arbitrary<CallCase> {
  return fc.record({
    kind: fc.constant('call' as const),
    of: sensibleCases(kernel, template),
    at: fc.nat(11),
    changes: fc.array(change, { minLength: 1, maxLength: 3 }),
  });
}
