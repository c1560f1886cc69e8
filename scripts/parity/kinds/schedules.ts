/** warmup_cosine_google.json and warmup_cosine_swav.json: learning rates of single steps. */
import type { Schedule } from '@tessera/core';
import { warmupCosineSchedule } from '@tessera/optim';
import { larger, relative, type Measurement } from '../measurement.ts';

interface Points {
  readonly baseLearningRate: number;
  readonly epochs: number;
  readonly warmupEpochs: number;
  readonly steps: readonly number[];
  readonly learningRates: readonly number[];
}

interface GoogleCase extends Points {
  readonly batchSize: number;
  readonly examples: number;
  readonly totalSteps: number;
}

interface SwavCase extends Points {
  readonly stepsPerEpoch: number;
  readonly startWarmup: number;
  readonly finalLearningRate: number;
}

export function* warmupCosineGoogle(file: unknown): Iterable<Measurement> {
  for (const one of (file as { cases: readonly GoogleCase[] }).cases) {
    const { warmupEpochs, batchSize, examples, totalSteps, baseLearningRate: learningRate } = one;
    const context = { stepsPerEpoch: examples / batchSize, totalSteps, batchSize, learningRate };
    const schedule = warmupCosineSchedule.build({ warmupEpochs, scaling: 'linear' }, context);
    yield measure(`batch ${batchSize}, ${one.epochs} epochs`, schedule, one);
  }
}

export function* warmupCosineSwav(file: unknown): Iterable<Measurement> {
  for (const one of (file as { cases: readonly SwavCase[] }).cases) {
    const { warmupEpochs, startWarmup: startLearningRate, finalLearningRate, stepsPerEpoch, epochs } = one;
    const schedule = warmupCosineSchedule.build(
      { warmupEpochs, startLearningRate, finalLearningRate, warmup: 'swav' },
      { stepsPerEpoch, totalSteps: stepsPerEpoch * epochs, batchSize: 256, learningRate: one.baseLearningRate },
    );
    yield measure(`${epochs} epochs of ${stepsPerEpoch} steps`, schedule, one);
  }
}

function measure(name: string, schedule: Schedule, { baseLearningRate, steps, learningRates }: Points): Measurement {
  // A rate that fades to nothing in the last steps is compared with a thousandth of the base rate.
  const error = steps
    .map((step, i) => {
      const expected = learningRates[i] ?? NaN;
      const smallest = baseLearningRate / 1000;
      return expected < smallest
        ? Math.abs(schedule(step).learningRate - expected) / smallest
        : relative(schedule(step).learningRate, expected);
    })
    .reduce(larger, steps.length > 0 && steps.length === learningRates.length ? 0 : NaN);
  return { case: name, quantity: 'learningRates', error, tolerance: 1e-6 };
}
