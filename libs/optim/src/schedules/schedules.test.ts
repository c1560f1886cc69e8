import { isTesseraError, type Schedule } from '@tessera/core';
import { expect, test } from 'vitest';
import { readOracle } from '../testdata/read-oracle.ts';
import { constantSchedule } from './constant.ts';
import { stepSchedule } from './step.ts';
import { warmupCosineSchedule } from './warmup-cosine.ts';

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
