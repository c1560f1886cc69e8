import { Registry, type ViewSpec } from '@tessera/core';
import { createLoader, type LoaderOptions } from '@tessera/data';
import { openTrainingImages, type PreparedRecipe, warnOf } from '@tessera/run/parts';
import { readIntoMemory } from './memory-images.ts';
import { ownPeakMB } from './peak-memory.ts';
import { median } from './statistics.ts';
import { measureStages, type Stage } from './view-stages.ts';
import type { ViewsOptions } from './views-options.ts';
import { viewsTasks } from './views-tasks.ts';

/** Rates of one kind of pass; medians of the rounds. */
export interface PassRates {
  /** One thread, files in memory: views over the processor time of the whole process, libuv's threads included. */
  readonly viewsPerSecondPerCore: number;
  /** Files on disk, all workers: views over the time that passed. */
  readonly viewsPerSecond: number;
}

/** What `bench views --json` prints. Its own rates are those of a pass that reads and decodes every image. */
export interface ViewsReport extends PassRates {
  readonly task: string;
  readonly blur: string | null;
  readonly pixels: string;
  readonly images: number;
  readonly views: readonly ViewSpec[];
  readonly workers: number;
  readonly rounds: number;
  /** A pass whose images are in the cache as raw pixels; null: the task's images are too large for it. */
  readonly cached: PassRates | null;
  readonly stages?: readonly Stage[];
  /** Of this process, from its start to the end; MB of 2^20 bytes. */
  readonly peakResidentMB: number;
}

/** Room for the images of a cached pass. */
const CACHE_MEGABYTES = 512;

/**
 * Makes the views of a folder's images as training does: the same loader, decoder and augmenter.
 * @throws TesseraError about the folder or its images: a bad one ends the measurement
 */
export async function measureViews(prepared: PreparedRecipe, options: ViewsOptions): Promise<ViewsReport> {
  const images = await openTrainingImages(prepared);
  const warn = (code: string, message: string): void => {
    process.stderr.write(`warning: ${message} [${code}]\n`);
  };
  warnOf([images], warn);
  const memory = await readIntoMemory(prepared, images);
  const { recipe, registry, modulesOf } = prepared;
  const { name } = recipe.augmenter;
  const common = {
    augmenter: { ...recipe.augmenter, modules: modulesOf('augmenter', name) },
    batchSize: Math.min(recipe.trainer.batchSize, images.indices.length),
    shuffle: true,
    dropLast: false,
    prefetch: 2,
    seed: 0,
    onBadImage: 'error',
    warn,
  } as const;
  const oneThread = {
    ...common,
    registry: new Registry([
      { name: 'bench', contract: 2, extensions: [memory.extension, registry.get('augmenter', name)] },
    ]),
    dataset: memory.dataset,
    reader: { name: memory.extension.name, modules: [] },
    indices: Int32Array.from({ length: memory.dataset.size }, (_, index) => index),
    workers: 0,
  };
  const all = { ...common, registry, ...images, workers: options.workers };
  const measure = async (cacheMegabytes: number): Promise<PassRates> => {
    const alone = await passes({ ...oneThread, cacheMegabytes }, options.rounds);
    const together = options.workers > 0 ? await passes({ ...all, cacheMegabytes }, options.rounds) : alone;
    return { viewsPerSecondPerCore: alone.perCore, viewsPerSecond: together.perSecond };
  };
  const rates = await measure(0);
  const cached = viewsTasks[options.task].cached ? await measure(CACHE_MEGABYTES) : null;
  return {
    ...rates,
    task: options.task,
    blur: options.blur,
    pixels: options.pixels,
    images: images.indices.length,
    views: registry.get('augmenter', name).build(recipe.augmenter.options, {}).views,
    workers: options.workers,
    rounds: options.rounds,
    cached,
    ...(options.stages && { stages: await measureStages(prepared, images, options) }),
    peakResidentMB: ownPeakMB(),
  };
}

/** Median rates of so many passes, after one that compiles the code and fills the cache. */
async function passes(
  options: LoaderOptions,
  rounds: number,
): Promise<{ readonly perSecond: number; readonly perCore: number }> {
  const loader = await createLoader(options);
  try {
    const perImage = loader.views.reduce((sum, { count }) => sum + count, 0);
    const perSecond: number[] = [];
    const perCore: number[] = [];
    for (let epoch = 0; epoch <= rounds; epoch++) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      let views = 0;
      for await (const batch of loader.epoch(epoch)) {
        views += batch.sampleIds.length * perImage;
        batch.release();
      }
      const seconds = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      if (epoch === 0) continue;
      perSecond.push(views / seconds);
      perCore.push(views / ((user + system) / 1e6));
    }
    return { perSecond: median(perSecond), perCore: median(perCore) };
  } finally {
    await loader.dispose();
  }
}
