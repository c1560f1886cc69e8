/** The momenta and teacher temperatures of the references, as testdata/schedules2.ts says them with ours. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { momentumAt, momentumOptions } from './momentum.ts';
import { readOracle } from './testdata/read.ts';
import { methodValues, type MethodRow } from './testdata/schedules2.ts';

const { cases } = readOracle('schedules2') as { readonly cases: readonly MethodRow[] };
const rows = cases.filter(({ name }) => /momentum|temperature|linear-warmup/.test(name));
const schema = z.strictObject(momentumOptions(0.99, 'constant'));

it.each(rows)('$name of $reference, $values.length values', (row) => {
  const got = methodValues(row);
  expect(got).toHaveLength(row.values.length);
  row.values.forEach((value, step) => {
    expect(got?.[step]).toBeCloseTo(Number(value), 9);
  });
});

it('is constant where asked, and finite in a run of one step', () => {
  const progress = { step: 0, epoch: 0, stepsPerEpoch: 1, totalSteps: 1 };
  expect(momentumAt(schema.parse({}), { ...progress, step: 70, totalSteps: 100 })).toBe(0.99);
  for (const momentumSchedule of ['cosine', 'cosine-lightly'])
    expect(momentumAt(schema.parse({ momentum: 0.9, momentumSchedule }), progress)).toBeCloseTo(0.9, 12);
});
