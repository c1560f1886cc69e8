import { fold, type ViewSpec } from '@tessera/core';
import { requirePrecision } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { compose, openRecipeEngine, type PreparedRecipe, randomViews, trainStep } from '@tessera/run/parts';
import { nativeBackend } from './native.ts';
import { ownPeakMB } from './peak-memory.ts';
import { startProfiler, type Profile } from './profile.ts';
import { median } from './statistics.ts';

/** What `bench step --json` prints. */
export interface StepReport {
  /** Images (pairs of views) per second: the batch over the median step. */
  readonly pairsPerSecond: number;
  /** Of this process, from its start to the last step; MB of 2^20 bytes. */
  readonly peakResidentMB: number;
  /** Every counted step: time that passed, and processor time of all threads, which other programs disturb less. */
  readonly stepMs: readonly number[];
  readonly cpuMs: readonly number[];
  readonly warmup: number;
  readonly engine: string;
  /** `cpu` or `cuda:0`. On a GPU a step ends when its loss is read: the update runs on into the next one. */
  readonly device: string;
  /** Of the library that computes: libtorch's on the torch engine, else tfjs's. */
  readonly version: string;
  readonly detail: string;
  /** null where the engine does not tell. */
  readonly threads: number | null;
  readonly precision: string;
  readonly batch: number;
  readonly views: readonly ViewSpec[];
  readonly parameters: number;
  /** Of the last step. */
  readonly loss: number;
  /** tf.memory().numTensors around the counted steps: a step keeps nothing. */
  readonly numTensors: { readonly before: number; readonly after: number };
  readonly profile?: Profile;
}

export interface MeasureOptions {
  readonly steps: number;
  readonly warmup: number;
  readonly profile: boolean;
}

/**
 * Trains so many steps of a recipe on fixed random images, exactly as `pretrain` does: the same composition and the same step. Loading,
 * augmenting and uploading images are not part of it.
 * @throws TesseraError about engine and precision
 */
export async function measureStep(
  prepared: PreparedRecipe,
  { steps, warmup, profile }: MeasureOptions,
): Promise<StepReport> {
  const { trainer } = prepared.recipe;
  const engine = await openRecipeEngine(trainer);
  requirePrecision(engine, trainer.precision);
  const composition = compose(prepared, { size: trainer.batchSize, classes: 10 });
  const views = randomViews(composition.augmenter.views, trainer.batchSize);
  const profiler = profile ? startProfiler() : undefined;
  try {
    const { method, optimizer, collective, key } = composition;
    const parts = { method, optimizer, collective, precision: trainer.precision, clipNorm: trainer.clipNorm };
    const totalSteps = warmup + steps;
    const schedule = composition.schedule(totalSteps, totalSteps);
    const sampleIds = Int32Array.from({ length: trainer.batchSize }, (_, i) => i);
    const labels = sampleIds.map((id) => id % 10);
    const stepMs: number[] = [];
    const cpuMs: number[] = [];
    let before = 0;
    let loss = NaN;
    for (let step = 0; step < totalSteps; step++) {
      if (step === warmup) {
        before = tf.memory().numTensors;
        profiler?.clear();
      }
      const progress = { step, epoch: 0, stepsPerEpoch: totalSteps, totalSteps };
      const cpu = process.cpuUsage();
      const start = performance.now();
      ({ loss } = trainStep(
        parts,
        { views, batch: { labels }, progress, sampleIds, key: fold(key, 'forward', step) },
        schedule(step),
      ));
      const elapsed = performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      if (step >= warmup) {
        stepMs.push(elapsed);
        cpuMs.push((user + system) / 1000);
      }
      await new Promise((resolve) => setImmediate(resolve)); // as the training loop does
    }
    const total = stepMs.reduce((sum, ms) => sum + ms, 0);
    const timed = profiler?.report(steps, total);
    const native = nativeBackend()?.native;
    return {
      pairsPerSecond: (trainer.batchSize / median(stepMs)) * 1000,
      peakResidentMB: ownPeakMB(),
      stepMs,
      cpuMs,
      warmup,
      engine: engine.name,
      version: textOf(native?.['version']?.()) ?? tf.version_core,
      detail: engine.detail,
      device: engine.device,
      threads: numberOf(native?.['threads']?.()) ?? trainer.threads,
      precision: trainer.precision,
      batch: trainer.batchSize,
      views: composition.augmenter.views,
      parameters: method.variables().reduce((sum, { variable }) => sum + variable.size, 0),
      loss,
      numTensors: { before, after: tf.memory().numTensors },
      ...(timed && { profile: timed }),
    };
  } finally {
    profiler?.stop();
    tf.dispose(views.map(({ pixels }) => pixels));
    await composition.dispose();
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
