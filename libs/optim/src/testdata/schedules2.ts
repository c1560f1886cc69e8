/** schedules2.json: learning rates and weight decays of other methods' code that our schedules can say; `source` in the file says where they are from. */
import type { Rates, Schedule } from '@tessera/core';
import { stepSchedule } from '../schedules/step.ts';
import { warmupCosineSchedule } from '../schedules/warmup-cosine.ts';

/** A value at every step, or epoch where `params` tell no steps; pairs are of two groups of variables. */
export interface ScheduleRow {
  readonly name: string;
  readonly reference: string;
  readonly params: Readonly<Record<string, number>> & { readonly milestones?: readonly number[] };
  readonly values: readonly (number | readonly [number, number])[];
}

/** Our values, in the row's order and as many. */
type Values = (row: ScheduleRow) => readonly number[];

/** Numbers that a row must have. */
function numbers({ name, reference, params }: ScheduleRow): (key: string) => number {
  return (key) => {
    const value = params[key];
    if (value === undefined) throw new Error(`${name} of ${reference} has no ${key}`);
    return value;
  };
}

const context = ({ params }: ScheduleRow, learningRate: number, last = 0) => ({
  stepsPerEpoch: params['stepsPerEpoch'] ?? 1,
  totalSteps: (params['totalSteps'] ?? params['epochs'] ?? NaN) - last,
  batchSize: params['batch'] ?? 256,
  learningRate,
});

const along = ({ values }: ScheduleRow, schedule: Schedule, read: (rates: Rates) => readonly number[]): number[] =>
  values.flatMap((_, step) => read(schedule(step)));
const learningRate = (rates: Rates): readonly number[] => [rates.learningRate];

/** MoCo v2 and SimSiam, epoch by epoch; SimSiam's predictor keeps the base rate. */
const cosineOf: Values = (row) => {
  const schedule = warmupCosineSchedule.build({}, context(row, numbers(row)('base')));
  const pairs = typeof row.values[0] !== 'number';
  return along(row, schedule, (rates) =>
    pairs ? [rates.learningRate, rates.baseLearningRate ?? NaN] : [rates.learningRate],
  );
};

/** @param last steps less that the cosine is divided by: lightly's last step has the final value, ours would be the one after it */
const decayOf =
  (last: 0 | 1): Values =>
  (row) => {
    const of = numbers(row);
    const given = { ...context(row, 1e-3, last), weightDecay: of('start') };
    const schedule = warmupCosineSchedule.build({ finalWeightDecay: of('final') }, given);
    return along(row, schedule, ({ weightDecay }) => [weightDecay ?? NaN]);
  };

const ours: Readonly<Record<string, Values>> = {
  'learning-rate of dino': (row) => {
    const of = numbers(row);
    const options = { warmupEpochs: of('warmupEpochs'), warmup: 'swav', finalLearningRate: of('minimum') };
    return along(row, warmupCosineSchedule.build(options, context(row, of('base'))), learningRate);
  },
  // base (step + 1) / warmupSteps is a ramp from base / warmupSteps to base, both ends included; its cosine is divided by a step less.
  'learning-rate of lightly': (row) => {
    const of = numbers(row);
    const [base, warmupSteps] = [of('base'), of('warmupSteps')];
    const rates = { startLearningRate: base / warmupSteps, finalLearningRate: base * of('end') };
    const schedule = warmupCosineSchedule.build({ warmupSteps, warmup: 'swav', ...rates }, context(row, base, 1));
    return along(row, schedule, learningRate);
  },
  'learning-rate of moco-v3': (row) => {
    const of = numbers(row);
    const options = { warmupEpochs: of('warmupEpochs') };
    return along(row, warmupCosineSchedule.build(options, context(row, of('base'))), learningRate);
  },
  'learning-rate of deepmind-byol': (row) => {
    const of = numbers(row);
    const options = { warmupSteps: of('warmupSteps'), scaling: 'linear' };
    return along(row, warmupCosineSchedule.build(options, context(row, of('base'))), learningRate);
  },
  'learning-rate of moco-v2-cos': cosineOf,
  'learning-rate of simsiam': cosineOf,
  'learning-rate of moco-step': (row) => {
    const options = { milestones: row.params.milestones };
    return along(row, stepSchedule.build(options, context(row, numbers(row)('base'))), learningRate);
  },
  // Ends at a thousandth of the peak; biases are a group of their own.
  'learning-rate of barlow-twins': (row) => {
    const of = numbers(row);
    const [weights, biases] = [of('weights'), of('biases')];
    const options = { warmupSteps: of('warmupSteps'), scaling: 'linear', finalLearningRate: 0.001 * weights };
    const schedule = warmupCosineSchedule.build(options, context(row, weights));
    return along(row, schedule, (rates) => [rates.learningRate, (biases / weights) * rates.learningRate]);
  },
  'weight-decay of dino': decayOf(0),
  'weight-decay of lightly': decayOf(1),
};

/** Our values of a row; nothing where it is no learning rate or weight decay. */
export function scheduleValues(row: ScheduleRow): readonly number[] | undefined {
  const name = `${row.name} of ${row.reference}`;
  return Object.hasOwn(ours, name) ? ours[name]?.(row) : undefined;
}
