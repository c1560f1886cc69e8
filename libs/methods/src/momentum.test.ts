/** The momenta and teacher temperatures of the references; `source` in testdata/schedules2.json says where they are from. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { dinoOptions, teacherTemperature } from './dino/dino-objective.ts';
import { momentumAt, momentumOptions } from './momentum.ts';
import { readOracle } from './testdata/read.ts';

interface Row {
  readonly name: string;
  readonly reference: string;
  readonly params: Readonly<Record<string, number>>;
  readonly values: readonly number[];
}

const { cases } = readOracle('schedules2') as { readonly cases: readonly Row[] };
const rows = (name: string) => cases.filter((row) => row.name === name);
const schema = z.strictObject(momentumOptions(0.99, 'constant'));

it.each(rows('target-momentum'))('$name of $reference, $params.totalSteps steps', ({ reference, params, values }) => {
  const options = schema.parse({
    momentum: params['start'],
    momentumSchedule: reference === 'lightly' ? 'cosine-lightly' : 'cosine',
  });
  const { totalSteps = NaN } = params;
  values.forEach((value, step) => {
    expect(momentumAt(options, { step, epoch: 0, stepsPerEpoch: totalSteps, totalSteps })).toBeCloseTo(value, 9);
  });
});

it('is constant where asked, and finite in a run of one step', () => {
  const progress = { step: 0, epoch: 0, stepsPerEpoch: 1, totalSteps: 1 };
  expect(momentumAt(schema.parse({}), { ...progress, step: 70, totalSteps: 100 })).toBe(0.99);
  for (const momentumSchedule of ['cosine', 'cosine-lightly'])
    expect(momentumAt(schema.parse({ momentum: 0.9, momentumSchedule }), progress)).toBeCloseTo(0.9, 12);
});

it.each(rows('teacher-temperature'))('$name of $reference, $params.warmupEpochs epochs of warm-up', (row) => {
  const { start, final, warmupEpochs } = row.params;
  const options = dinoOptions.parse({
    teacherTemperature: final,
    warmupTeacherTemperature: start,
    warmupEpochs,
  });
  row.values.forEach((value, epoch) => {
    expect(teacherTemperature(options, epoch)).toBeCloseTo(value, 9);
  });
});
