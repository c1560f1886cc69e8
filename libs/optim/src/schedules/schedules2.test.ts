/** The rows of other methods' schedules that ours can say; `source` in testdata/schedules2.json says where they are from. */
import { isTesseraError, type Schedule } from '@tessera/core';
import { expect, test } from 'vitest';
import { readOracle } from '../testdata/read-oracle.ts';
import { stepSchedule } from './step.ts';
import { warmupCosineSchedule } from './warmup-cosine.ts';

interface Row {
  readonly name: string;
  readonly reference: string;
  readonly params: Readonly<Record<string, number>> & { readonly milestones?: readonly number[] };
  readonly values: readonly (number | readonly [number, number])[];
}

const { cases } = readOracle('schedules2') as { readonly cases: readonly Row[] };

function rowOf(name: string, reference: string): Row {
  const row = cases.find((one) => one.name === name && one.reference === reference);
  if (!row) throw new Error(`no row ${name} of ${reference}`);
  return row;
}

/** Every value to 1e-6 of the largest; of pairs, the first is the rate and the second the base rate times `second`. */
function expectRates({ values }: Row, schedule: Schedule, second: (step: number) => number = () => NaN): void {
  const largest = Math.max(...values.flat());
  values.forEach((value, step) => {
    const [rate, other] = typeof value === 'number' ? [value] : value;
    expect(Math.abs(schedule(step).learningRate - rate), `step ${step}`).toBeLessThanOrEqual(1e-6 * largest);
    if (other !== undefined) expect(Math.abs(second(step) - other), `step ${step}`).toBeLessThanOrEqual(1e-6 * largest);
  });
}

const context = ({ params }: Row, learningRate = params['base'] ?? NaN) => ({
  stepsPerEpoch: params['stepsPerEpoch'] ?? 1,
  totalSteps: params['totalSteps'] ?? params['epochs'] ?? NaN,
  batchSize: params['batch'] ?? 256,
  learningRate,
});

test('DINO: the warm-up reaches the base rate at its last step, then a cosine to the minimum', () => {
  const row = rowOf('learning-rate', 'dino');
  const options = {
    warmupEpochs: row.params['warmupEpochs'],
    warmup: 'swav',
    finalLearningRate: row.params['minimum'],
  };
  expectRates(row, warmupCosineSchedule.build(options, context(row)));
});

test('MoCo v3: by steps, warm-up of two epochs', () => {
  const row = rowOf('learning-rate', 'moco-v3');
  expectRates(row, warmupCosineSchedule.build({ warmupEpochs: row.params['warmupEpochs'] }, context(row)));
});

test("BYOL: DeepMind's scaling, warm-up and cosine", () => {
  const row = rowOf('learning-rate', 'deepmind-byol');
  const options = { warmupSteps: row.params['warmupSteps'], scaling: 'linear' };
  expectRates(row, warmupCosineSchedule.build(options, context(row)));
});

test('MoCo v2 and SimSiam: a cosine epoch by epoch, the predictor at the base rate', () => {
  for (const reference of ['moco-v2-cos', 'simsiam']) {
    const row = rowOf('learning-rate', reference);
    const schedule = warmupCosineSchedule.build({}, context(row));
    expectRates(row, schedule, (step) => schedule(step).baseLearningRate ?? NaN);
  }
});

test('MoCo v1: drops at its milestones', () => {
  const row = rowOf('learning-rate', 'moco-step');
  expectRates(row, stepSchedule.build({ milestones: row.params.milestones }, context(row)));
});

test('Barlow Twins: ends at a thousandth of the peak; biases by a group of their own', () => {
  const row = rowOf('learning-rate', 'barlow-twins');
  const { weights = NaN, biases = NaN, warmupSteps } = row.params;
  const options = { warmupSteps, scaling: 'linear', finalLearningRate: 0.001 * weights };
  const schedule = warmupCosineSchedule.build(options, context(row, weights));
  expectRates(row, schedule, (step) => (biases / weights) * schedule(step).learningRate);
});

test("weight decay: DINO's half cosine over all steps, also through the warm-up", () => {
  const row = rowOf('weight-decay', 'dino');
  const { start, final } = row.params;
  const given = { ...context(row, 1e-3), weightDecay: start as number };
  for (const warmupEpochs of [0, 2]) {
    const schedule = warmupCosineSchedule.build({ warmupEpochs, finalWeightDecay: final }, given);
    row.values.forEach((value, step) => {
      expect(schedule(step).weightDecay).toBeCloseTo(value as number, 9);
    });
  }
  expect(warmupCosineSchedule.build({}, given)(3).weightDecay, 'as the optimizer says').toBeUndefined();
  const down = warmupCosineSchedule.build({ finalWeightDecay: 0 }, given);
  expect(down(5).weightDecay).toBeCloseTo((start as number) / 2, 9);
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
