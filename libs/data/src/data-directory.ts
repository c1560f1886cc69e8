import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TesseraError } from '@tessera/core';

/** Where training and test images are, by the rule of `--data DIR`. */
export interface DataDirectory {
  /** DIR/train where there is one, else DIR. */
  readonly train: string;
  /** Class folders inside `train` that must not be trained on: `test`, where DIR itself is trained on. */
  readonly trainExclude: readonly string[];
  /** DIR/test where there is one. */
  readonly test: string | undefined;
}

function isDirectory(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/**
 * Splits a data folder. DIR/test is never trained on, also where there is no DIR/train: pass `trainExclude` to the `folder` data set.
 * @throws TesseraError `E_DATA_MISSING`
 */
export function resolveDataDirectory(directory: string): DataDirectory {
  const root = resolve(directory);
  if (!isDirectory(root)) throw missingFolder(root);
  const test = isDirectory(join(root, 'test')) ? join(root, 'test') : undefined;
  if (isDirectory(join(root, 'train'))) return { train: join(root, 'train'), trainExclude: [], test };
  return { train: root, trainExclude: test === undefined ? [] : ['test'], test };
}

/** The error for a folder that is not there (or is a file). */
export function missingFolder(path: string): TesseraError {
  return new TesseraError({
    code: 'E_DATA_MISSING',
    message: existsSync(path) ? `the data path '${path}' is not a folder` : `there is no folder '${path}'`,
    next: 'Give a folder of images, or of class folders with images, as --data DIR (or data.path in the recipe).',
  });
}
