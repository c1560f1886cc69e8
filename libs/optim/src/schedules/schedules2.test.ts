/** Other methods' schedules, as testdata/schedules2.ts says them with ours. */
import { isTesseraError } from '@tessera/core';
import { expect, test } from 'vitest';
import { readOracle } from '../testdata/read-oracle.ts';
import { scheduleValues, type ScheduleRow } from '../testdata/schedules2.ts';
import { warmupCosineSchedule } from './warmup-cosine.ts';

const { cases } = readOracle('schedules2') as { readonly cases: readonly ScheduleRow[] };
const rows = cases.filter(({ name }) => name === 'learning-rate' || name === 'weight-decay');

test.each(rows)('$name of $reference: every value to 1e-6 of the largest', (row) => {
  const want = row.values.flat();
  const largest = Math.max(...want);
  const got = scheduleValues(row);
  expect(got).toHaveLength(want.length);
  want.forEach((value, i) => {
    expect(Math.abs((got?.[i] ?? NaN) - value), `value ${i}`).toBeLessThanOrEqual(1e-6 * largest);
  });
});

test("weight decay: DINO's half cosine goes over all steps, also through the warm-up, and down", () => {
  const row = rows.find(({ name, reference }) => name === 'weight-decay' && reference === 'dino');
  const { start = NaN, final, totalSteps = NaN } = row?.params ?? {};
  const given = { stepsPerEpoch: 2, totalSteps, batchSize: 256, learningRate: 1e-3, weightDecay: start };
  const schedule = warmupCosineSchedule.build({ warmupEpochs: 2, finalWeightDecay: final }, given);
  expect(row?.values).toHaveLength(totalSteps);
  row?.values.forEach((value, step) => {
    expect(schedule(step).weightDecay).toBeCloseTo(value as number, 9);
  });
  expect(warmupCosineSchedule.build({}, given)(3).weightDecay, 'as the optimizer says').toBeUndefined();
  const down = warmupCosineSchedule.build({ finalWeightDecay: 0 }, given);
  expect(down(5).weightDecay).toBeCloseTo(start / 2, 9);
});

test.each([
  [undefined, 'no option of it'],
  [0, 'which is 0'],
])('weight decay: none to start from (%s) is an error', (weightDecay, text) => {
  const given = { stepsPerEpoch: 2, totalSteps: 10, batchSize: 256, learningRate: 1e-3 };
  let got = '';
  try {
    warmupCosineSchedule.build(
      { finalWeightDecay: 0.4 },
      { ...given, ...(weightDecay !== undefined && { weightDecay }) },
    );
  } catch (error) {
    got = isTesseraError(error) ? `${error.code} ${error.message}` : String(error);
  }
  expect(got).toMatch(/^E_WEIGHT_DECAY_MISSING .*finalWeightDecay 0.4/);
  expect(got).toContain(text);
});
