/** Loaders for tests, and what they give. */
import { Registry, rootKey, type Dataset, type Json } from '@tessera/core';
import { onTestFinished } from 'vitest';
import { dataModule, dataPlugin } from '../index.ts';
import { createLoader, type LoaderOptions } from '../loader/create-loader.ts';
import type { Batch, EpochOptions, Loader } from '../loader/contract.ts';
import { subset } from '../subsets/every-limit.ts';
import fixture from './fixture-plugin.ts';

const fixtureModule = new URL('./fixture-plugin.ts', import.meta.url).href;
/** The project's data sets and the fixture's augmenters. */
export const registry = new Registry([dataPlugin, fixture]);

/** Drawn images of 8 pixels. */
export async function shapes(count = 40): Promise<Dataset> {
  return registry.get('dataset', 'shapes').build({ count, size: 8 }, { root: '.', key: rootKey(0) });
}

/** The images below a folder. */
export async function folder(path: string): Promise<Dataset> {
  return registry.get('dataset', 'folder').build({}, { root: path, key: rootKey(0) });
}

/** What a test changes in {@link open}. */
export interface Setting extends Partial<Omit<LoaderOptions, 'augmenter' | 'reader'>> {
  readonly dataset: Dataset;
  readonly reader?: string;
  readonly augmenter?: string;
  readonly options?: Json;
  readonly extraModules?: readonly string[];
}

/** A loader that ends with the test. */
export async function open({
  augmenter = 'marks',
  options = {},
  reader = 'shapes',
  extraModules = [],
  ...rest
}: Setting): Promise<Loader> {
  const loader = await createLoader({
    registry,
    reader: { name: reader, modules: [dataModule] },
    augmenter: { name: augmenter, options, modules: [fixtureModule, ...extraModules] },
    indices: subset(rest.dataset.size),
    batchSize: 8,
    shuffle: true,
    dropLast: true,
    workers: 1,
    prefetch: 2,
    seed: 3,
    onBadImage: 'skip',
    warn: () => undefined,
    cacheMegabytes: 16,
    ...rest,
  });
  onTestFinished(() => loader.dispose());
  return loader;
}

/** What a batch holds, copied out. */
export function copy(batch: Batch): { readonly ids: number[]; readonly labels: number[]; readonly pixels: number[][] } {
  const kept = {
    ids: [...batch.sampleIds],
    labels: [...(batch.labels ?? [])],
    pixels: batch.groups.map(({ pixels }) => [...pixels]),
  };
  batch.release();
  return kept;
}

/** An epoch's batches, copied out. */
export async function collect(
  loader: Loader,
  epoch = 0,
  options: EpochOptions = {},
): Promise<ReturnType<typeof copy>[]> {
  const batches = [];
  for await (const batch of loader.epoch(epoch, options)) batches.push(copy(batch));
  return batches;
}

/** What an epoch rejects with. */
export async function failureOf(loader: Loader): Promise<unknown> {
  return collect(loader).then(
    () => undefined,
    (error: unknown) => error,
  );
}
