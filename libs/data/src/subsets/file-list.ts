import { readFile } from 'node:fs/promises';
import { messageOf, TesseraError, type Dataset } from '@tessera/core';
import { showPath } from '../files/show-path.ts';
import { textOf } from '../files/text-of.ts';

/**
 * The images that a text file names, one a line, as in google-research/simclr's `imagenet_subsets/1percent.txt`: by their whole name in
 * the data set (`n01440764/n01440764_10026.JPEG`), or by its last part alone where no two images share it. A name that is there in another
 * Unicode form, or without the spaces at the end of its line, is meant. Empty lines are left out.
 * @param within positions to choose from; a name that is in the data set but not among them is passed over
 * @returns positions, ascending, each once
 * @throws TesseraError `E_DATA_LIST_MISSING`, `E_DATA_LIST_EMPTY`, `E_DATA_LIST_UNKNOWN`, `E_DATA_LIST_AMBIGUOUS`, `E_DATA_NO_NAMES`
 */
export async function fileListSubset(dataset: Dataset, file: string, within?: Int32Array): Promise<Int32Array> {
  const wanted = await readList(file);
  const found = findAll(dataset, wanted, file);
  const missing = [...wanted].filter((name) => !found.has(name));
  if (missing.length > 0) throw unknown(file, missing, dataset);
  const allowed = within && new Set(within);
  const positions = new Set([...found.values()].flat().filter((position) => allowed?.has(position) ?? true));
  return Int32Array.from(positions).sort();
}

async function readList(file: string): Promise<ReadonlySet<string>> {
  let text: string;
  try {
    text = textOf(await readFile(file));
  } catch (error) {
    throw new TesseraError({
      code: 'E_DATA_LIST_MISSING',
      message: `cannot read the file list '${file}': ${messageOf(error)}`,
      next: "Give data.fileList as a path relative to the recipe's folder.",
      cause: error,
    });
  }
  const names = text
    .split(/\r\n|\n|\r/)
    .map((line) => line.replace(/^\.\//, ''))
    .filter((line) => line.trim() !== '');
  if (names.length > 0) return new Set(names);
  throw new TesseraError({
    code: 'E_DATA_LIST_EMPTY',
    message: `the file list '${file}' names no images`,
    next: 'Write one file name a line.',
  });
}

/** How sure it is that an image is meant by a name, the surest first. */
const WAYS = ['whole', 'whole, written otherwise', 'last part', 'last part, written otherwise'] as const;

/** One pass over the data set: only names that are wanted are kept, so that a million images cost no memory. */
function findAll(dataset: Dataset, wanted: ReadonlySet<string>, file: string): ReadonlyMap<string, readonly number[]> {
  if (!dataset.name) {
    throw new TesseraError({
      code: 'E_DATA_NO_NAMES',
      message: `the images of this data set have no names that the file list '${file}' could give`,
      next: 'Use data.fraction, data.every or data.limit instead.',
    });
  }
  const otherwise = new Map<string, string[]>();
  for (const name of wanted) otherwise.set(written(name), [...(otherwise.get(written(name)) ?? []), name]);
  const found = WAYS.map(() => new Map<string, number[]>());
  const note = (way: number, name: string, image: number): void => {
    const images = found[way]?.get(name);
    if (images) images.push(image);
    else found[way]?.set(name, [image]);
  };
  for (let i = 0; i < dataset.size; i++) {
    const whole = dataset.name(i);
    const last = whole.slice(whole.lastIndexOf('/') + 1);
    for (const [place, name] of [whole, last].entries()) {
      if (wanted.has(name)) note(2 * place, name, i);
      for (const meant of otherwise.get(written(name)) ?? []) note(2 * place + 1, meant, i);
    }
  }
  const positions = new Map<string, readonly number[]>();
  for (const name of wanted) {
    const way = found.findIndex((images) => images.has(name));
    const images = found[way]?.get(name) ?? [];
    // A whole name that several images have (of several tars, say) means them all; what else fits several is a question.
    if (way > 0 && images.length > 1) throw ambiguous(file, name);
    if (images.length > 0) positions.set(name, images);
  }
  return positions;
}

/** A name in one Unicode form, without spaces at its end. */
function written(name: string): string {
  return name.normalize('NFC').trimEnd();
}

/** An image that a name may have been meant for: called so but for capitals and the way between folders. */
function similar(dataset: Dataset, name: string): string {
  const folded = (text: string): string => written(text).toLowerCase().replaceAll('\\', '/');
  const wanted = folded(name);
  for (let i = 0; dataset.name && i < dataset.size; i++) {
    const own = dataset.name(i);
    if (folded(own) === wanted) return `; there is '${showPath(own)}', which differs in capitals or slashes only`;
  }
  return '';
}

function unknown(file: string, missing: readonly string[], dataset: Dataset): TesseraError {
  const example = dataset.size > 0 && dataset.name ? ` They are named like '${showPath(dataset.name(0))}'.` : '';
  return new TesseraError({
    code: 'E_DATA_LIST_UNKNOWN',
    message: `${String(missing.length)} names of the file list '${file}' are not among the images, the first '${showPath(missing[0] ?? '')}'${similar(dataset, missing[0] ?? '')}`,
    next: `Check that the list and --data belong together.${example}`,
  });
}

function ambiguous(file: string, name: string): TesseraError {
  return new TesseraError({
    code: 'E_DATA_LIST_AMBIGUOUS',
    message: `the file list '${file}' names '${showPath(name)}', which several images are called`,
    next: 'Write the path below the data folder: class/name.',
  });
}
