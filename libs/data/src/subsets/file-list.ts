import { readFile } from 'node:fs/promises';
import { messageOf, TesseraError, type Dataset } from '@tessera/core';
import { showPath } from '../files/show-path.ts';

/**
 * The images that a text file names, one a line, as in google-research/simclr's `imagenet_subsets/1percent.txt`: by their whole name in
 * the data set (`n01440764/n01440764_10026.JPEG`), or by its last part alone where no two images share it. Empty lines are left out.
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
  const positions = new Set([...found.values()].filter((position) => allowed?.has(position) ?? true));
  return Int32Array.from(positions).sort();
}

async function readList(file: string): Promise<ReadonlySet<string>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new TesseraError({
      code: 'E_DATA_LIST_MISSING',
      message: `cannot read the file list '${file}': ${messageOf(error)}`,
      next: "Give data.fileList as a path relative to the recipe's folder.",
      cause: error,
    });
  }
  const names = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line) => line.replace(/^\.\//, ''))
    .filter((line) => line.trim() !== '');
  if (names.length > 0) return new Set(names);
  throw new TesseraError({
    code: 'E_DATA_LIST_EMPTY',
    message: `the file list '${file}' names no images`,
    next: 'Write one file name a line.',
  });
}

/** One pass over the data set: only names that are wanted are kept, so that a million images cost no memory. */
function findAll(dataset: Dataset, wanted: ReadonlySet<string>, file: string): ReadonlyMap<string, number> {
  if (!dataset.name) {
    throw new TesseraError({
      code: 'E_DATA_NO_NAMES',
      message: `the images of this data set have no names that the file list '${file}' could give`,
      next: 'Use data.fraction, data.every or data.limit instead.',
    });
  }
  const whole = new Map<string, number>();
  const last = new Map<string, number>();
  const shared = new Set<string>();
  for (let i = 0; i < dataset.size; i++) {
    const name = dataset.name(i);
    if (wanted.has(name)) whole.set(name, i);
    const base = name.slice(name.lastIndexOf('/') + 1);
    if (!wanted.has(base)) continue;
    if (last.has(base)) shared.add(base);
    last.set(base, i);
  }
  for (const base of shared) if (!whole.has(base)) throw ambiguous(file, base);
  return new Map([...last, ...whole]);
}

function unknown(file: string, missing: readonly string[], dataset: Dataset): TesseraError {
  const example = dataset.size > 0 && dataset.name ? ` They are named like '${showPath(dataset.name(0))}'.` : '';
  return new TesseraError({
    code: 'E_DATA_LIST_UNKNOWN',
    message: `${String(missing.length)} names of the file list '${file}' are not among the images, the first '${showPath(missing[0] ?? '')}'`,
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
