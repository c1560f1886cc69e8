import { fold, requireDeviceHalf, type AugmentOnDevice } from '@tessera/core';
import type { Batch, Loader, LoaderMemory } from '@tessera/data';
import { requirePrecision } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import {
  augmentPlace,
  compose,
  type Composition,
  dataDoubts,
  dataPass,
  factsOf,
  type ImageSet,
  openRecipeEngine,
  openTrainingImages,
  placesIn,
  type PreparedRecipe,
  tellWarnings,
  trainStep,
  uploadGroups,
} from '@tessera/run/parts';
import { measureOps, type OpTime } from './op-times.ts';
import { ownPeakMB } from './peak-memory.ts';
import type { PipelineOptions } from './pipeline-options.ts';
import { startProfiler, type Profile } from './profile.ts';
import { median } from './statistics.ts';

/** What `bench pipeline --json` prints. Rates are images (not views) per second, medians of the rounds. */
export interface PipelineReport {
  /** Loader and engine together, as a run has them. */
  readonly imagesPerSecond: number;
  /** The loader with nobody but it at work. Small images come from its cache. */
  readonly loaderImagesPerSecond: number;
  /** The same at its first pass, when every image is read and decoded; measured once. */
  readonly firstPassImagesPerSecond: number;
  /** Steps on one batch that is there already; its upload is part of each. */
  readonly engineImagesPerSecond: number;
  /** Which of the two sets the pace. */
  readonly slower: 'loader' | 'engine';
  /** Together, over the slower one alone. Less than 1 where they share cores. */
  readonly ofSlower: number;
  /** The part of a step's time spent waiting for images, together. */
  readonly waitShare: number;
  readonly images: number;
  readonly batch: number;
  readonly viewsPerImage: number;
  readonly steps: number;
  readonly rounds: number;
  readonly engine: string;
  readonly device: string;
  readonly precision: string;
  /** Where the ops after the crop are computed. */
  readonly augmentOn: 'host' | 'device';
  readonly memory: LoaderMemory;
  /** Where the loader's time goes, of one core. */
  readonly stages: readonly OpTime[];
  /** Where the engine's time goes, where that was asked for. */
  readonly profile?: Profile;
  /** Of this process, from its start to the last step; MB of 2^20 bytes. */
  readonly peakResidentMB: number;
}

type HostBatch = Pick<Batch, 'groups' | 'sampleIds' | 'labels' | 'release'>;

/** Seconds of the steps that count, those that were spent waiting for images, and the images. */
interface Time {
  readonly seconds: number;
  readonly waited: number;
  readonly images: number;
}

/**
 * Measures loader and engine of a recipe alone and together, exactly as `pretrain` has them.
 * @throws TesseraError about the recipe, its images, the engine or the precision
 */
export async function measurePipeline(
  prepared: PreparedRecipe,
  { steps, rounds, profile }: PipelineOptions,
): Promise<PipelineReport> {
  const { trainer } = prepared.recipe;
  const images = await openTrainingImages(prepared);
  const engine = await openRecipeEngine(trainer);
  requirePrecision(engine, trainer.precision);
  const composition = compose(prepared, factsOf(images));
  composition.bus.ofType('warning').subscribe(({ code, message }) => {
    process.stderr.write(`warning: ${message} [${code}]\n`);
  });
  tellWarnings(composition.bus, dataDoubts([images]));
  const { augmenter } = prepared.recipe;
  const { on } = augmentPlace(prepared.recipe, composition.augmenter, engine);
  const request = { images, augmenter, batchSize: trainer.batchSize, training: true, augmentOn: on };
  const loader = await composition.load(request);
  try {
    const onDevice =
      on === 'device' ? await requireDeviceHalf(augmenter.name, composition.augmenter).load() : undefined;
    const warmup = loader.memory.batches; // what was prepared before the clock started
    const step = await stepper(composition, loader, images, {
      onDevice,
      totalSteps: (2 * rounds + 1) * (steps + warmup),
    });
    const time = (source: AsyncIterable<HostBatch>, use: (batch: HostBatch) => void): Promise<Time> =>
      timed(source, use, steps, warmup);
    const nothing = (): void => undefined;
    const first = await time(endless(loader), nothing);
    const kept = await copyOfFirst(loader);
    const alone: Time[] = [];
    const engines: Time[] = [];
    const together: Time[] = [];
    for (let round = 0; round < rounds; round++) {
      alone.push(await time(endless(loader), nothing));
      engines.push(await time(repeated(kept), step));
      together.push(await time(endless(loader), step));
    }
    const stages = await measureOps(prepared, images, composition.augmenter, on);
    const profiled = profile ? await profileOf(() => time(repeated(kept), step), steps + warmup) : undefined;
    const [loaderRate, engineRate, rate] = [alone, engines, together].map((times) => median(times.map(rateOf)));
    const rates = { loader: loaderRate ?? NaN, engine: engineRate ?? NaN, together: rate ?? NaN };
    const slower = rates.loader < rates.engine ? 'loader' : 'engine';
    return {
      imagesPerSecond: rates.together,
      loaderImagesPerSecond: rates.loader,
      firstPassImagesPerSecond: rateOf(first),
      engineImagesPerSecond: rates.engine,
      slower,
      ofSlower: rates.together / rates[slower],
      waitShare: median(together.map(({ waited, seconds }) => waited / seconds)),
      images: images.indices.length,
      batch: trainer.batchSize,
      viewsPerImage: loader.views.reduce((sum, { count }) => sum + count, 0),
      steps,
      rounds,
      engine: engine.name,
      device: engine.device,
      precision: trainer.precision,
      augmentOn: on,
      memory: loader.memory,
      stages,
      ...(profiled && { profile: profiled }),
      peakResidentMB: ownPeakMB(),
    };
  } finally {
    await loader.dispose();
    await composition.dispose();
  }
}

/** Training steps, each on the batch that it is given. */
async function stepper(
  composition: Composition,
  { batchesPerEpoch }: Loader,
  images: ImageSet,
  { onDevice, totalSteps }: { readonly onDevice: AugmentOnDevice | undefined; readonly totalSteps: number },
): Promise<(batch: HostBatch) => void> {
  const { method, optimizer, collective, key, recipe } = composition;
  const { precision, clipNorm } = recipe.trainer;
  const parts = { method, optimizer, collective, precision, clipNorm };
  const placesOf = placesIn(images);
  const schedule = composition.schedule(batchesPerEpoch, totalSteps);
  const progress = (step: number) =>
    ({ step, epoch: Math.floor(step / batchesPerEpoch), stepsPerEpoch: batchesPerEpoch, totalSteps }) as const;
  await method.beforeEpoch?.(progress(0), dataPass(composition, images));
  let step = 0;
  return ({ groups, sampleIds: positions, labels }) => {
    const views = uploadGroups(groups, recipe.data.normalize, onDevice);
    try {
      const sampleIds = placesOf(positions);
      const batch = { ...(labels && { labels }) };
      const input = { views, batch, progress: progress(step), sampleIds, key: fold(key, 'forward', step) };
      trainStep(parts, input, schedule(step));
    } finally {
      tf.dispose(views.map(({ pixels }) => pixels));
    }
    step++;
  };
}

/** Takes batches until enough count. */
async function timed(
  source: AsyncIterable<HostBatch>,
  use: (batch: HostBatch) => void,
  steps: number,
  warmup: number,
): Promise<Time> {
  let [taken, images, waited] = [0, 0, 0];
  let begin = performance.now();
  let from = begin;
  for await (const batch of source) {
    waited += performance.now() - from;
    use(batch);
    batch.release();
    images += batch.sampleIds.length;
    taken++;
    if (taken === warmup + steps) break;
    await new Promise((resolve) => setImmediate(resolve)); // as the training loop does
    from = performance.now();
    if (taken === warmup) [begin, waited, images] = [from, 0, 0];
  }
  return { seconds: (performance.now() - begin) / 1000, waited: waited / 1000, images };
}

/** Kernels of a step, upload included. */
async function profileOf(run: () => Promise<unknown>, steps: number): Promise<Profile> {
  const profiler = startProfiler();
  try {
    const start = performance.now();
    await run();
    return profiler.report(steps, performance.now() - start);
  } finally {
    profiler.stop();
  }
}

function rateOf({ images, seconds }: Time): number {
  return images / seconds;
}

async function* endless(loader: Loader): AsyncGenerator<HostBatch, void, undefined> {
  for (let epoch = 0; ; epoch++) yield* loader.epoch(epoch, { continues: true });
}

async function* repeated(batch: HostBatch): AsyncGenerator<HostBatch, void, undefined> {
  for (;;) yield await Promise.resolve(batch);
}

async function copyOfFirst(loader: Loader): Promise<HostBatch> {
  for await (const batch of loader.epoch(0)) {
    const { sampleIds, labels } = batch;
    const groups = batch.groups.map(({ pixels, parameters, ...group }) => ({
      ...group,
      pixels: pixels.slice(),
      ...(parameters && { parameters: parameters.slice() }),
    }));
    batch.release();
    return { groups, sampleIds, ...(labels && { labels }), release: () => undefined };
  }
  throw new Error('the loader gave no batch');
}
