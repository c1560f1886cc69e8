import { isTesseraError, type Schedule } from '@tessera/core';
import { describe, expect, test } from 'vitest';
import { readOracle } from '../testdata/read-oracle.ts';
import { constantSchedule } from './constant.ts';
import { scalingFactor } from './scaling.ts';
import { stepSchedule } from './step.ts';
import { warmupCosine, warmupCosineSchedule } from './warmup-cosine.ts';

const TOLERANCE = 1e-6;

interface Points {
  readonly baseLearningRate: number;
  readonly epochs: number;
  readonly warmupEpochs: number;
  readonly steps: readonly number[];
  readonly learningRates: readonly number[];
}

function expectPoints(schedule: Schedule, { steps, learningRates }: Points): void {
  steps.forEach((step, i) => {
    const expected = learningRates[i] ?? NaN;
    expect(Math.abs(schedule(step).learningRate - expected), `step ${step}`).toBeLessThanOrEqual(
      TOLERANCE * Math.max(expected, 1e-3),
    );
  });
}

const google = readOracle('warmup_cosine_google') as {
  cases: readonly (Points & { batchSize: number; examples: number; totalSteps: number })[];
};
test.each(google.cases)('google-research/simclr, batch $batchSize', (points) => {
  const { batchSize, examples, totalSteps, warmupEpochs, baseLearningRate: learningRate } = points;
  const context = { stepsPerEpoch: examples / batchSize, totalSteps, batchSize, learningRate };
  expectPoints(warmupCosineSchedule.build({ warmupEpochs, scaling: 'linear' }, context), points);
  const warmupSteps = Math.floor((warmupEpochs * examples) / batchSize);
  expectPoints(
    warmupCosineSchedule.build({ warmupSteps, scaling: 'linear' }, { ...context, stepsPerEpoch: 1 }),
    points,
  );
});

const swav = readOracle('warmup_cosine_swav') as {
  cases: readonly (Points & { stepsPerEpoch: number; startWarmup: number; finalLearningRate: number })[];
};
test.each(swav.cases)('SwAV, $epochs epochs', (points) => {
  const {
    stepsPerEpoch,
    epochs,
    warmupEpochs,
    startWarmup,
    finalLearningRate,
    baseLearningRate: learningRate,
  } = points;
  const options = { warmupEpochs, startLearningRate: startWarmup, finalLearningRate, warmup: 'swav' };
  expectPoints(
    warmupCosineSchedule.build(options, {
      stepsPerEpoch,
      totalSteps: stepsPerEpoch * epochs,
      batchSize: 256,
      learningRate,
    }),
    points,
  );
});

test('the usual LambdaLR: peak * (s / warm, then half a cosine)', () => {
  const [warm, steps, peak] = [39, 390, 0.06];
  const schedule = warmupCosineSchedule.build(
    { warmupEpochs: 1 },
    { stepsPerEpoch: warm, totalSteps: steps, batchSize: 256, learningRate: peak },
  );
  for (let s = 0; s < steps; s++) {
    const expected =
      peak * (s < warm ? s / warm : 0.5 * (1 + Math.cos((Math.PI * (s - warm)) / Math.max(1, steps - warm))));
    expect(schedule(s).learningRate).toBeCloseTo(expected, 12);
  }
});

test('trap 37: google starts at 0 and peaks after the warm-up, swav at its last step; every step has its rate; the final value is a rate', () => {
  const context = { stepsPerEpoch: 4, totalSteps: 20, batchSize: 256, learningRate: 2 };
  const rates = (warmup: string): number[] => {
    const schedule = warmupCosineSchedule.build({ warmupEpochs: 1, finalLearningRate: 0.1, warmup }, context);
    return Array.from({ length: 21 }, (_, step) => schedule(step).learningRate);
  };
  const [google, swav] = [rates('google'), rates('swav')];
  expect(google.slice(0, 5)).toEqual([0, 0.5, 1, 1.5, 2]);
  [0, 2 / 3, 4 / 3, 2, 2].forEach((rate, step) => {
    expect(swav[step]).toBeCloseTo(rate, 12);
  });
  // Within an epoch too, each step is lower than the one before; and 0.1 is what it ends at, not 0.1 times the peak.
  for (let step = 5; step <= 20; step++) expect(google[step]).toBeLessThan(google[step - 1] ?? NaN);
  expect(google[20]).toBeCloseTo(0.1, 12);
});

test('stays at the final rate beyond the end, and is finite where the warm-up fills the run', () => {
  const context = { stepsPerEpoch: 10, totalSteps: 30, batchSize: 256, learningRate: 1 };
  expect(warmupCosineSchedule.build({ finalLearningRate: 0.1 }, context)(1000).learningRate).toBeCloseTo(0.1, 12);
  const short = warmupCosineSchedule.build({ warmupEpochs: 10 }, { ...context, totalSteps: 3 });
  expect([0, 1, 2].map((step) => short(step).learningRate)).toEqual([0, 0.01, 0.02]);
  expect(
    warmupCosineSchedule.build({ warmupSteps: 1, warmup: 'swav', startLearningRate: 0.5 }, context)(0).learningRate,
  ).toBe(0.5);
});

test.each(['google', 'swav'] as const)(
  '%s: a warm-up of all steps ends on the ramp, as the references do, and has the final rate from there on',
  (warmup) => {
    for (const total of [1, 2, 10]) {
      const schedule = warmupCosine({ peak: 2, start: 0.5, final: 0.1, warmupSteps: total, totalSteps: total, warmup });
      const ramp = Array.from({ length: total }, (_, step) => schedule(step));
      // numpy's linspace(start, peak, total), or start + (peak - start) * step / total.
      const last = warmup === 'google' ? total : Math.max(1, total - 1);
      expect(ramp).toEqual(ramp.map((_, step) => 0.5 + (1.5 * step) / last));
      for (const after of [total, total + 1, total + 1000]) expect(schedule(after)).toBe(0.1);
      if (warmup === 'google') expect(Math.max(...ramp)).toBeLessThan(2);
    }
  },
);

test.each([0, 1, 9])(
  'the final rate comes at the end of the run and not before it, after a warm-up of %i of 10',
  (warmupSteps) => {
    for (const warmup of ['google', 'swav'] as const) {
      const schedule = warmupCosine({ peak: 2, start: 0.5, final: 0.1, warmupSteps, totalSteps: 10, warmup });
      expect(schedule(9)).toBeGreaterThan(0.1);
      expect(schedule(10)).toBe(0.1);
      expect(schedule(11)).toBe(0.1);
    }
  },
);

test('a run that ends within its warm-up, as a short trial of a recipe does, stays on the ramp', () => {
  const context = { stepsPerEpoch: 10, totalSteps: 3, batchSize: 256, learningRate: 1 };
  const schedule = warmupCosineSchedule.build({ warmupEpochs: 10, finalLearningRate: 0.5 }, context);
  expect([0, 1, 2, 3, 1000].map((step) => schedule(step).learningRate)).toEqual([0, 0.01, 0.02, 0.5, 0.5]);
});

describe('numbers that make no schedule', () => {
  const good = { peak: 1, start: 0.1, final: 0, warmupSteps: 2, totalSteps: 10, warmup: 'google' } as const;
  const context = { stepsPerEpoch: 10, totalSteps: 40, batchSize: 256, learningRate: 1 };
  const negative = [-1e-9, -1, NaN, Infinity, -Infinity];
  const noCount = [0, -1, 2.5, NaN, Infinity];
  const invalid = expect.objectContaining({ name: 'TesseraError', code: 'E_OPTION_INVALID' }) as Error;

  test.each([
    ['peak', negative],
    ['start', negative],
    ['final', negative],
    ['totalSteps', noCount],
    ['warmupSteps', [-1, 1.5, 11, NaN, Infinity]],
  ] as const)('warmupCosine refuses a %s of %j', (name, values) => {
    for (const value of values) expect(() => warmupCosine({ ...good, [name]: value })).toThrow(invalid);
  });

  test.each([
    ['warmup-cosine', (given: typeof context) => warmupCosineSchedule.build({ warmupEpochs: 1 }, given)],
    ['constant', (given: typeof context) => constantSchedule.build({}, given)],
    ['step', (given: typeof context) => stepSchedule.build({ milestones: [2] }, given)],
  ])('%s refuses a run and a step that cannot be', (_name, build) => {
    for (const value of negative) expect(() => build({ ...context, learningRate: value })).toThrow(invalid);
    for (const value of noCount) expect(() => build({ ...context, batchSize: value })).toThrow(invalid);
    for (const value of [0, ...negative]) {
      expect(() => build({ ...context, stepsPerEpoch: value })).toThrow(invalid);
      expect(() => build({ ...context, totalSteps: value })).toThrow(invalid);
    }
    const schedule = build(context);
    for (const step of negative) expect(() => schedule(step)).toThrow(invalid);
    expect(schedule(0).learningRate).toBeGreaterThanOrEqual(0);
  });

  test('scalingFactor refuses a batch of no images, whatever the rule', () => {
    for (const rule of ['none', 'linear', 'sqrt'] as const)
      for (const value of noCount) expect(() => scalingFactor(rule, value)).toThrow(invalid);
  });
});

test('scaling: 0.3 linear equals 0.075 sqrt at a batch of 4096', () => {
  const context = { stepsPerEpoch: 10, totalSteps: 100, batchSize: 4096 };
  expect(constantSchedule.build({ scaling: 'linear' }, { ...context, learningRate: 0.3 })(7).learningRate).toBeCloseTo(
    4.8,
    12,
  );
  expect(constantSchedule.build({ scaling: 'sqrt' }, { ...context, learningRate: 0.075 })(7).learningRate).toBeCloseTo(
    4.8,
    12,
  );
  expect(constantSchedule.build({}, { ...context, learningRate: 0.3 })(7).learningRate).toBe(0.3);
});

test('step drops at the start of its epochs', () => {
  const schedule = stepSchedule.build(
    { milestones: [2, 3] },
    { stepsPerEpoch: 10, totalSteps: 40, batchSize: 256, learningRate: 1 },
  );
  expect([0, 19, 20, 29, 30].map((step) => +schedule(step).learningRate.toFixed(6))).toEqual([1, 1, 0.1, 0.1, 0.01]);
});

test('a mistyped option is named', () => {
  const context = { stepsPerEpoch: 10, totalSteps: 40, batchSize: 256, learningRate: 1 };
  let message = '';
  try {
    warmupCosineSchedule.build({ warmupEpoch: 1 }, context);
  } catch (error) {
    message = isTesseraError(error) ? `${error.code} ${error.message}` : String(error);
  }
  expect(message).toContain('E_OPTION_UNKNOWN');
  expect(message).toContain('warmupEpochs');
});
