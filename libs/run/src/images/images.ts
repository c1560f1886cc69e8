import { fold, isTesseraError, rootKey, TesseraError, type Dataset, type Json } from '@tessera/core';
import { holdOut } from '@tessera/data';
import { allOf, trainingSubset } from './image-subsets.ts';
import type { PreparedRecipe } from '../prepare.ts';

/** The images of a split that are used, and how a worker reads them. */
export interface ImageSet {
  readonly dataset: Dataset;
  /** Positions in the data set, ascending. */
  readonly indices: Int32Array;
  readonly reader: { readonly name: string; readonly modules: string[] };
  /** For messages: the folder, or the data set's name. */
  readonly shown: string;
  /** Positions that were left out because their images have no label. */
  readonly unlabelled?: Int32Array;
}

/**
 * The training images: those of the source's training split, less what `data.testFraction` holds out; of those the subset of `fileList`, `fraction`, `every` and `limit`, in that order.
 * @throws TesseraError `E_DATA_MISSING`, `E_DATA_EMPTY`, `E_USAGE` where the options lead to the test images, or the data set's own
 */
export async function openTrainingImages(prepared: PreparedRecipe): Promise<ImageSet> {
  const { data } = prepared.recipe;
  const { dataset, shown } = await openTraining(prepared);
  const set = imageSet(prepared, dataset, shown);
  const indices = await trainingSubset(dataset, data);
  if (indices.length > 0) return { ...set, indices };
  throw new TesseraError({
    code: 'E_DATA_EMPTY',
    message: `the subset that the recipe asks for leaves none of the ${String(dataset.size)} images in '${shown}'`,
    next: 'Check data.fileList, data.fraction and data.testFraction.',
  });
}

/**
 * The test images that have a label, or none where the source has no test split: what `data.testFraction` holds out, else the source's
 * own. Classes are the training images', so that labels mean the same.
 */
export async function openTestImages(prepared: PreparedRecipe, training: ImageSet): Promise<ImageSet | undefined> {
  const { data } = prepared.recipe;
  if (data.testFraction !== null) {
    const { test } = holdOut(training.dataset, { fraction: data.testFraction, seed: data.subsetSeed });
    return test.length === 0 ? undefined : labelledOf(training, test);
  }
  const found = await openTest(prepared, training.dataset.classes);
  if (!found) return undefined;
  const set = imageSet(prepared, found.dataset, found.shown);
  return labelledOf(set);
}

/** Why there are no test images, as the source says it: the error for who needs them. */
export async function noTestImages(prepared: PreparedRecipe): Promise<TesseraError> {
  const { testFraction, path, source } = prepared.recipe.data;
  const said =
    testFraction === null ? await openOwnTest(prepared, undefined).catch((error: unknown) => error) : undefined;
  const own = isTesseraError(said) ? said : undefined;
  return new TesseraError({
    code: 'E_NO_TEST_IMAGES',
    message: own?.message ?? `the data set '${source}' in '${path}' has no test images for queries`,
    next: `${
      own?.next ??
      'Give a data set that has test images with --data DIR, or train with data.testFraction, which holds some out.'
    } Without test images: tessera eval retrieval RUN.`,
  });
}

/**
 * The test images, labelled or not, or none where there are not two: what `data.testFraction` holds out, else the source's own. For
 * evaluations that need no labels.
 */
export async function openHeldOutImages(prepared: PreparedRecipe, training: ImageSet): Promise<ImageSet | undefined> {
  const { testFraction: fraction, subsetSeed: seed } = prepared.recipe.data;
  let found: ImageSet | undefined;
  if (fraction !== null) {
    found = { ...training, indices: holdOut(training.dataset, { fraction, seed }).test };
  } else {
    const test = await unlessEmpty(openTest(prepared, undefined));
    if (test && test.dataset.size > 0) found = imageSet(prepared, test.dataset, test.shown);
  }
  return found && found.indices.length >= 2 ? found : undefined;
}

/** An empty test/ is as good as none. */
async function unlessEmpty(opened: Promise<Opened | undefined>): Promise<Opened | undefined> {
  try {
    return await opened;
  } catch (error) {
    if (isTesseraError(error) && error.code === 'E_DATA_EMPTY') return undefined;
    throw error;
  }
}

/**
 * The images that an evaluation knows the classes of: the training images that have a label; where none has (STL-10's unlabeled ones),
 * the source's training split.
 */
export async function openBankImages(prepared: PreparedRecipe, training: ImageSet): Promise<ImageSet> {
  const { split } = prepared.recipe.data.options;
  if (training.dataset.classes || split === undefined || split === 'train') return labelledOf(training);
  const extra = splitOption(prepared, 'train');
  const set = imageSet(prepared, await open(prepared, extra, prepared.recipe.data.path), training.shown);
  return labelledOf(set);
}

/** The images that have a label; all where the data set has no classes, so that its owner can say so. */
function labelledOf(set: ImageSet, positions = set.indices): ImageSet {
  const { classes } = set.dataset;
  if (!classes) return { ...set, indices: positions };
  const has = (position: number): boolean => set.dataset.label(position) !== undefined;
  return {
    ...set,
    indices: positions.filter(has),
    unlabelled: positions.filter((position) => !has(position)),
  };
}

interface Opened {
  readonly dataset: Dataset;
  readonly shown: string;
}

async function openTraining(prepared: PreparedRecipe): Promise<Opened> {
  const { data } = prepared.recipe;
  refuseTestSplit(prepared);
  const dataset = await open(prepared, {}, data.path);
  return { dataset, shown: dataset.place ?? data.source };
}

async function openTest(prepared: PreparedRecipe, classes: readonly string[] | undefined): Promise<Opened | undefined> {
  try {
    return await openOwnTest(prepared, classes);
  } catch (error) {
    if (isTesseraError(error) && error.code === 'E_DATA_NO_SPLIT') return undefined;
    throw error;
  }
}

/** @throws TesseraError `E_DATA_NO_SPLIT` where the source says that it has no test images */
async function openOwnTest(
  prepared: PreparedRecipe,
  classes: readonly string[] | undefined,
): Promise<Opened | undefined> {
  const split = splitOption(prepared, 'test');
  if (!('split' in split)) return undefined;
  const { data } = prepared.recipe;
  const dataset = await open(prepared, { ...split, ...classOption(prepared, classes) }, data.path);
  return { dataset, shown: dataset.place ?? data.source };
}

/** The test split may be measured on, never trained on. */
function refuseTestSplit({ recipe }: PreparedRecipe): void {
  if (recipe.data.options['split'] !== 'test') return;
  throw new TesseraError({
    code: 'E_USAGE',
    message: `data.options.split is 'test': the test images are never trained on`,
    next: 'Leave data.options.split out.',
  });
}

type Options = Readonly<Record<string, Json>>;

function open({ recipe, registry }: PreparedRecipe, extra: Options, root: string): Promise<Dataset> {
  const { source, options } = recipe.data;
  return registry
    .get('dataset', source)
    .build({ ...options, ...extra }, { root, key: fold(rootKey(recipe.seed), 'dataset') });
}

function splitOption({ recipe, registry }: PreparedRecipe, split: 'train' | 'test'): Options {
  return registry.get('dataset', recipe.data.source).splits.includes(split) ? { split } : {};
}

/** Where the data set takes them, test images get their labels by the training images' class names. */
function classOption({ recipe, registry }: PreparedRecipe, classes: readonly string[] | undefined): Options {
  return classes && registry.get('dataset', recipe.data.source).takesClasses ? { classes: [...classes] } : {};
}

/** All images of a data set. */
function imageSet({ recipe, modulesOf }: PreparedRecipe, dataset: Dataset, shown: string): ImageSet {
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
    indices: allOf(dataset),
    reader: { name: source, modules: modulesOf('dataset', source) },
    shown,
  };
}
