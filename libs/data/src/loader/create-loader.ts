import { requireDeviceHalf, TesseraError, type Dataset, type Json, type Registry } from '@tessera/core';
import { BadImages, type BadImagePolicy, type Warn } from './bad-images.ts';
import type { PixelRange } from '../decode/deep.ts';
import type { Loader } from './contract.ts';
import { DeepImages } from './deep-images.ts';
import { BatchLoader } from './loader.ts';
import { localCrew } from './local-crew.ts';
import { loaderMemory } from './memory.ts';
import { planesOf } from './planes.ts';
import { SampleMaker } from './sample-maker.ts';
import { workerCrew } from './worker-crew.ts';

const PATIENCE_SECONDS = 60;

export interface LoaderOptions {
  /** Knows reader and augmenter in this thread. */
  readonly registry: Registry;
  readonly dataset: Dataset;
  /** The `dataset` extension that reads what `dataset.locate` gives; `modules`: URLs of the plugin modules that have it. */
  readonly reader: { readonly name: string; readonly modules: readonly string[] };
  /** Images to visit, as data set indices: {@link subset}. */
  readonly indices: Int32Array;
  /** `modules`: URLs of the plugin modules that have it. Where either list is empty, the main thread does the work, with a warning. */
  readonly augmenter: { readonly name: string; readonly options: Json; readonly modules: readonly string[] };
  /** Where views are finished. `device`: batches hold crops and parameters for the augmenter's device half. Default `host`. */
  readonly augmentOn?: 'host' | 'device';
  readonly batchSize: number;
  readonly shuffle: boolean;
  /** Leave out a last batch that is not full. */
  readonly dropLast: boolean;
  /** Worker threads; 0: the main thread. Never changes order or pixels. */
  readonly workers: number;
  /** Batches prepared ahead, 1 or more; with 2, a main thread that is blocked for a step finds the next batch ready. */
  readonly prefetch: number;
  readonly seed: number;
  /** What becomes of images that cannot be read; an evaluation, which counts images, drops them. */
  readonly onBadImage: BadImagePolicy;
  /** So many images may be bad before the epoch ends with `E_DATA_TOO_MANY_BAD`; null or left out: no limit. */
  readonly maxBadImages?: number | null;
  readonly warn: Warn;
  /** Room for decoded small images, over all workers. What else a loader holds: `memory` of {@link Loader}. */
  readonly cacheMegabytes: number;
  /** Black and white in images of more than 8 bits a channel. Default null: 0 and 65535. */
  readonly range?: PixelRange | null;
  /** JavaScript heap of one worker, which pixels are no part of: a plugin that leaks ends with an error. Default {@link WORKER_HEAP_MEGABYTES}. */
  readonly workerHeapMegabytes?: number;
  /** How long a batch is waited for before a warning, `W_DATA_SLOW`. Default: a minute. */
  readonly patienceSeconds?: number;
}

/**
 * Starts a loader and its workers.
 * @throws TesseraError `E_DATA_EMPTY`, `E_BATCH_TOO_LARGE`, `E_AUGMENTER_HOST_ONLY`, or what kept a worker from starting
 */
export async function createLoader(options: LoaderOptions): Promise<Loader> {
  const {
    registry,
    dataset,
    reader,
    indices,
    augmenter,
    augmentOn = 'host',
    range = null,
    seed,
    batchSize,
    warn,
  } = options;
  check(options);
  const built = registry.get('augmenter', augmenter.name).build(augmenter.options, {});
  const device = augmentOn === 'device' ? { device: requireDeviceHalf(augmenter.name, built) } : {};
  const planes = planesOf(built, device.device);
  const workers = workersFor(options);
  const cacheBytes = Math.floor((options.cacheMegabytes * 2 ** 20) / Math.max(1, workers));
  const describe = (position: number): string => dataset.describe(indices[position] ?? 0);
  const bad = new BadImages({
    policy: options.onBadImage,
    limit: options.maxBadImages,
    total: indices.length,
    describe,
    warn,
  });
  return BatchLoader.start({
    dataset,
    indices,
    views: built.views,
    planes,
    batchSize,
    shuffle: options.shuffle,
    dropLast: options.dropLast,
    memory: loaderMemory({ ...options, planes, workers }),
    seed,
    bad,
    deep: new DeepImages({ range, describe, warn }),
    onBadImage: options.onBadImage,
    warn,
    patienceSeconds: options.patienceSeconds ?? PATIENCE_SECONDS,
    startCrew: (events) =>
      workers === 0
        ? Promise.resolve(
            localCrew(
              new SampleMaker({
                reader: registry.get('dataset', reader.name),
                augmenter: built,
                augmenterName: augmenter.name,
                ...device,
                seed,
                cacheBytes,
                range,
              }),
              events,
            ),
          )
        : workerCrew(
            workers,
            {
              modules: [...new Set([...reader.modules, ...augmenter.modules])],
              reader: reader.name,
              augmenter: { name: augmenter.name, options: augmenter.options },
              augmentOn,
              seed,
              cacheBytes,
              range,
            },
            events,
            options.workerHeapMegabytes,
          ),
  });
}

function check({ indices, batchSize, dropLast }: LoaderOptions): void {
  if (indices.length === 0) {
    throw new TesseraError({
      code: 'E_DATA_EMPTY',
      message: 'the data set has no images',
      next: 'Check data.path, data.every and data.limit.',
    });
  }
  if (dropLast && batchSize > indices.length) {
    throw new TesseraError({
      code: 'E_BATCH_TOO_LARGE',
      message: `a batch of ${String(batchSize)} images is larger than the data set, which has ${String(indices.length)}`,
      next: `Set trainer.batchSize to at most ${String(indices.length)}, or use more images (data.every, data.limit).`,
    });
  }
}

/** An extension that exists only as a value cannot be sent to a thread. */
function workersFor({ workers, reader, augmenter, warn }: LoaderOptions): number {
  if (workers === 0 || (reader.modules.length > 0 && augmenter.modules.length > 0)) return workers;
  const part = reader.modules.length === 0 ? `data set '${reader.name}'` : `augmenter '${augmenter.name}'`;
  warn(
    'W_NO_WORKERS',
    `the ${part} comes from no module that a worker could import: images are prepared in the main thread`,
  );
  return 0;
}
