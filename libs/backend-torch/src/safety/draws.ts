/** What the property tests draw: the sizes and settings of a sensible call, and what is then done to it. */
import * as fc from 'fast-check';
import type { KernelCase, TensorPlan } from './fuzz-case.ts';

/** Sizes and settings from which a template makes a sensible call. */
export interface Draw {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly m: number;
  readonly k: number;
  /** a shape of rank 0 to 5 */
  readonly s: readonly number[];
  readonly axis: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: unknown;
  readonly yes: boolean;
  readonly no: boolean;
  readonly also: boolean;
  readonly real: number;
  readonly pick: number;
}

/** What a template returns: tensors and attributes of one call. */
export interface Template {
  readonly inputs: Readonly<Record<string, TensorPlan>>;
  readonly attrs?: Readonly<Record<string, unknown>>;
}

const size = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 9, 17) },
);
const explicitPad = fc.constantFrom(
  [
    [0, 0],
    [1, 1],
    [0, 1],
    [0, 0],
  ],
  [
    [0, 0],
    [0, 0],
    [2, 0],
    [0, 0],
  ],
  [
    [1, 1],
    [0, 0],
    [0, 0],
    [0, 0],
  ],
);

export const draws: fc.Arbitrary<Draw> = fc.record({
  n: size,
  h: size,
  w: size,
  c: size,
  m: size,
  k: fc.integer({ min: 1, max: 3 }),
  s: fc.array(size, { maxLength: 5 }),
  axis: fc.integer({ min: 0, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.constantFrom(1, 1, 1, 2),
  pad: fc.oneof(fc.constantFrom<unknown>('same', 'valid', 0, 1), explicitPad),
  yes: fc.boolean(),
  no: fc.boolean(),
  also: fc.boolean(),
  real: fc.constantFrom(0.5, 0, 1, -1, 1e-5, 1e30),
  pick: fc.nat(23),
});

/** Large, but an image of that height is soon made: what memory just holds takes seconds and shows nothing more. */
const MANY = 1 << 14;

/** Any number where one is expected. */
export const wildNumber = fc.constantFrom(
  -1, 0, 1, 2, 3, 7, -2, -5, 0.5, NaN, Infinity, -Infinity, MANY, 2 ** 31 - 1, 2 ** 31, 2 ** 32, -(2 ** 31), 2 ** 53, -(2 ** 53), 2 ** 62, 1e300, -1e300,
); // prettier-ignore

const HUGE = [[2 ** 20, 2 ** 20, 2 ** 20], [2 ** 31, 2], [2 ** 62, 2 ** 62], [2 ** 40]];

const wildText = fc.constantFrom('', 'same', 'valid', 'relu', 'prelu', 'elu', 'linear', 'NCHW', 'NHWC', 'reflect', 'symmetric', 'float32', 'int32', 'bool', 'string', 'complex64', 'ij,jk->ik', 'i...,->', '\0', 'bilinear', 'wrap', 'no such'); // prettier-ignore

/** Any value where a setting is expected. */
export const wildValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: wildNumber },
  { weight: 3, arbitrary: fc.array(wildNumber, { maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(...HUGE) },
  { weight: 1, arbitrary: fc.array(fc.tuple(wildNumber, wildNumber), { maxLength: 5 }) },
  { weight: 1, arbitrary: wildText },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, undefined, true, false, {}, [[]], [null], ['a']) },
);

const wildShape = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom([65536], [1 << 20], [300, 1, 300], [1, 1, 1, 1, 1, 1, 1, 1]) },
  { weight: 1, arbitrary: fc.constantFrom(...HUGE, [0, 2 ** 40]) },
);

type Mutation =
  | { readonly do: 'shape'; readonly at: number; readonly shape: readonly number[] }
  | { readonly do: 'resize'; readonly at: number; readonly axis: number; readonly size: number }
  | { readonly do: 'dtype'; readonly at: number; readonly dtype: TensorPlan['dtype'] }
  | { readonly do: 'fill'; readonly at: number; readonly fill: TensorPlan['fill'] }
  | { readonly do: 'state'; readonly at: number; readonly state: TensorPlan['state'] }
  | { readonly do: 'drop'; readonly at: number }
  | { readonly do: 'same'; readonly at: number; readonly as: number }
  | { readonly do: 'attr'; readonly at: number; readonly value: unknown }
  | { readonly do: 'element'; readonly at: number; readonly index: number; readonly value: number };

const at = fc.nat(12);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('shape' as const), at, shape: wildShape }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('resize' as const), at, axis: fc.nat(5), size: fc.constantFrom(0, 1, 2, 3, 8, 40) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('dtype' as const), at, dtype: fc.constantFrom<TensorPlan['dtype']>('float32', 'int32', 'bool', 'string', 'complex64') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fill' as const), at, fill: fc.constantFrom<TensorPlan['fill']>('nan', 'infinite', 'negative', 'huge', 'zero', 'index', 'ascending', 'thousands') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('state' as const), at, state: fc.constantFrom<TensorPlan['state']>('bfloat16', 'bfloat16', 'view', 'expanded', 'disposed', 'elsewhere') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop' as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('same' as const), at, as: at }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('attr' as const), at, value: wildValue }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('element' as const), at, index: fc.nat(9), value: wildNumber }) },
); // prettier-ignore

/** The call with one thing changed; a change that does not apply changes nothing. */
function mutated(test: KernelCase, m: Mutation): KernelCase {
  const names = Object.keys(test.inputs);
  const keys = Object.keys(test.attrs);
  if (m.do === 'attr' || m.do === 'element') {
    const key = keys[m.at % keys.length];
    if (key === undefined) return test;
    const value = m.do === 'attr' ? m.value : withElement(test.attrs[key], m.index, m.value);
    return { ...test, attrs: { ...test.attrs, [key]: value } };
  }
  const name = names[m.at % names.length];
  const plan = name === undefined ? undefined : test.inputs[name];
  if (name === undefined || plan === undefined || typeof plan === 'string') return test;
  const put = (next: TensorPlan | string): KernelCase => ({ ...test, inputs: { ...test.inputs, [name]: next } });
  switch (m.do) {
    case 'shape':
      return put({ ...plan, shape: m.shape });
    case 'resize':
      return put({ ...plan, shape: plan.shape.map((d, i) => (i === m.axis % plan.shape.length ? m.size : d)) });
    case 'dtype':
      return put({ ...plan, dtype: m.dtype });
    case 'fill':
      return put({ ...plan, fill: m.fill });
    case 'state':
      return put({ ...plan, state: m.state });
    case 'drop':
      return { ...test, inputs: Object.fromEntries(Object.entries(test.inputs).filter(([n]) => n !== name)) };
    case 'same':
      return names[m.as % names.length] === name ? test : put(names[m.as % names.length] ?? name);
  }
}

/** One number within a setting changed, however deep it lies. */
function withElement(value: unknown, index: number, element: number): unknown {
  if (!Array.isArray(value)) return element;
  const items = value as unknown[];
  const where = index % Math.max(1, items.length);
  return items.map((item, i) => (i === where ? withElement(item, index + 1, element) : item));
}

/** A sensible call of a kernel. */
export function sensibleCases(kernel: string, template: (draw: Draw) => Template): fc.Arbitrary<KernelCase> {
  return fc.tuple(draws, fc.constantFrom<KernelCase['precision']>('f32', 'bf16')).map(([draw, precision]) => {
    const { inputs, attrs = {} } = template(draw);
    return { kind: 'kernel', kernel, precision, inputs, attrs };
  });
}

/** A call of a kernel: sensible, then with up to three things wrong. */
export function kernelCases(kernel: string, template: (draw: Draw) => Template): fc.Arbitrary<KernelCase> {
  return fc
    .tuple(sensibleCases(kernel, template), fc.array(mutation, { maxLength: 3 }))
    .map(([sensible, changes]) => changes.reduce(mutated, sensible));
}
