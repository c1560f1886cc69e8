import { isAbsolute, relative, resolve, sep } from 'node:path';
import { fold, rootKey, TesseraError, type Dataset, type Json } from '@tessera/core';
import { resolveDataDirectory, subset } from '@tessera/data';
import type { PreparedRecipe } from './prepare.ts';

/** The images of a split that are used, and how a worker reads them. */
export interface ImageSet {
  readonly dataset: Dataset;
  /** Positions in the data set, ascending. */
  readonly indices: Int32Array;
  readonly reader: { readonly name: string; readonly modules: string[] };
  /** For messages: the folder, or the data set's name. */
  readonly shown: string;
}

/**
 * The training images: `data.path/train` where there is one, else `data.path` without its `test/`; of those the subset of `data.every`
 * and `data.limit`.
 * @throws TesseraError `E_DATA_MISSING`, `E_DATA_EMPTY`, `E_USAGE` where the options lead to the test images, or the data set's own
 */
export async function openTrainingImages(prepared: PreparedRecipe): Promise<ImageSet> {
  const { data } = prepared.recipe;
  if (data.source !== 'folder')
    return imageSet(prepared, await open(prepared, splitOption(prepared, 'train'), data.path), data.source, data);
  const { train, trainExclude, test } = resolveDataDirectory(data.path);
  const { exclude, path } = data.options;
  if (test !== undefined && typeof path === 'string') refuseTestImages(train, resolve(train, path), test);
  const left = [...(Array.isArray(exclude) ? exclude.map(String) : []), ...trainExclude];
  return imageSet(prepared, await open(prepared, { exclude: left }, train), train, data);
}

/** All test images, or none where the source has no test split. Classes are the training images', so that labels mean the same. */
export async function openTestImages(prepared: PreparedRecipe, training: ImageSet): Promise<ImageSet | undefined> {
  const { data } = prepared.recipe;
  if (data.source !== 'folder') {
    const extra = splitOption(prepared, 'test');
    return 'split' in extra ? imageSet(prepared, await open(prepared, extra, data.path), data.source, {}) : undefined;
  }
  const { test } = resolveDataDirectory(data.path);
  if (test === undefined) return undefined;
  const { classes } = training.dataset;
  return imageSet(prepared, await open(prepared, classes ? { classes: [...classes] } : {}, test), test, {});
}

/** `data.options.path` may choose a folder below the training images, but not lead to the test images. */
function refuseTestImages(train: string, chosen: string, test: string): void {
  const holdsTest = chosen !== train && isWithin(test, chosen);
  if (!holdsTest && !isWithin(chosen, test)) return;
  throw new TesseraError({
    code: 'E_USAGE',
    message: `data.options.path leads to '${chosen}', ${holdsTest ? 'which holds' : 'which is part of'} the test images in '${test}'; they are never trained on`,
    next: 'Leave data.options.path out, or name a folder below the training images.',
  });
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function open(
  { recipe, registry }: PreparedRecipe,
  extra: Readonly<Record<string, Json>>,
  root: string,
): Promise<Dataset> {
  const { source, options } = recipe.data;
  return registry
    .get('dataset', source)
    .build({ ...options, ...extra }, { root, key: fold(rootKey(recipe.seed), 'dataset') });
}

/** A data set with a `split` option has a test split of its own. */
function splitOption({ recipe, registry }: PreparedRecipe, split: 'train' | 'test'): Readonly<Record<string, Json>> {
  const { schema } = registry.get('dataset', recipe.data.source);
  return schema.safeParse({ ...recipe.data.options, split }).success ? { split } : {};
}

function imageSet(
  { recipe, modulesOf }: PreparedRecipe,
  dataset: Dataset,
  shown: string,
  { every, limit }: { readonly every?: number; readonly limit?: number | null },
): ImageSet {
  if (dataset.size === 0) {
    throw new TesseraError({
      code: 'E_DATA_EMPTY',
      message: `there are no images in '${shown}'`,
      next: 'Give a folder of images, or of class folders, with --data.',
    });
  }
  const { source } = recipe.data;
  return {
    dataset,
    indices: subset(dataset.size, { every, limit }),
    reader: { name: source, modules: modulesOf('dataset', source) },
    shown,
  };
}
