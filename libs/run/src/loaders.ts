import type { Dataset, PartChoice } from '@tessera/core';
import { createLoader, type Loader, type Warn } from '@tessera/data';
import type { ImageSet } from './images/images.ts';
import type { PreparedRecipe } from './prepare.ts';

/** Which images, made into which views, in batches of which size. */
export interface LoadRequest {
  readonly images: ImageSet;
  readonly augmenter: PartChoice;
  readonly batchSize: number;
  /** Shuffled, whole batches, bad images replaced; else every readable image once, in order. */
  readonly training: boolean;
  /** `device`: crops, and the parameters of what the engine does to them. Default: host. */
  readonly augmentOn?: 'host' | 'device';
}

/** Makes a loader; whoever asked for it disposes it. */
export type LoadImages = (request: LoadRequest) => Promise<Loader>;

/** Warnings about a data set as a whole, which several loaders read. */
const OF_SET = new Set(['W_DATA_LOW_BITS', 'W_DATA_NO_RANGE']);

/** Loaders as the recipe's `data` section says. */
export function loadersOf({ recipe, registry, modulesOf }: PreparedRecipe, warn: Warn): LoadImages {
  const { data, seed } = recipe;
  const seen = new WeakMap<Dataset, Set<string>>();
  const warnOf =
    ({ dataset }: ImageSet): Warn =>
    (code, message, details) => {
      const codes = seen.get(dataset) ?? new Set();
      seen.set(dataset, codes);
      if (OF_SET.has(code) && codes.has(code)) return;
      codes.add(code);
      warn(code, message, details);
    };
  return ({ images, augmenter: { name, options = {} }, batchSize, training, augmentOn = 'host' }) =>
    createLoader({
      registry,
      dataset: images.dataset,
      reader: images.reader,
      indices: images.indices,
      augmenter: { name, options, modules: modulesOf('augmenter', name) },
      augmentOn,
      batchSize,
      shuffle: training,
      dropLast: training,
      workers: data.workers,
      prefetch: data.prefetch,
      cacheMegabytes: data.cacheMegabytes,
      seed,
      // An image that stands in for another would be scored twice.
      maxBadImages: training ? data.maxBadImages : null,
      onBadImage: training || data.onBadImage === 'error' ? data.onBadImage : 'drop',
      range: data.range,
      warn: warnOf(images),
    });
}
