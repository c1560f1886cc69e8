import { realpathSync, existsSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { TesseraError } from '@tessera/core';
import { missingFolder } from '../../files/missing-folder.ts';
import { nameSplits } from '../../splits/choose-splits.ts';
import { topOf } from '../../splits/top-folders.ts';
import { listFolder } from '../image-files.ts';
import { noTestFolder } from './errors.ts';
import type { FolderOptions } from './folder-options.ts';

/** Whether the option `path` chooses nothing: it leads to where it starts. */
export function isWholeFolder(path: string): boolean {
  return resolve(sep, 'x', path) === resolve(sep, 'x');
}

/**
 * The folder that `path` leads to from the folder of the split.
 * @throws TesseraError `E_USAGE` where it leads from the training images to test images, `E_DATA_MISSING`, `E_DATA_NO_SPLIT`
 */
export async function chosenFolder(root: string, given: FolderOptions): Promise<string> {
  const { folders } = await listFolder(root);
  const { train, tests } = nameSplits(folders, { ...given, show: (name) => `'${join(root, name)}'` });
  const own = given.split === 'train' ? (train ?? '.') : tests[0];
  if (own === undefined) throw noTestFolder(root, given.splits, train, topOf([]));
  const chosen = resolve(root, own, given.path);
  if (given.split === 'train') for (const test of tests) refuseTestImages(chosen, join(root, test));
  if (!existsSync(chosen) || !statSync(chosen).isDirectory()) throw missingFolder(chosen);
  return chosen;
}

/** `path` may choose a folder below the training images, but not lead to the test images. */
function refuseTestImages(chosen: string, test: string): void {
  const [from, to] = [realPath(chosen), realPath(test)];
  const holdsTest = isWithin(to, from);
  if (!holdsTest && !isWithin(from, to)) return;
  throw new TesseraError({
    code: 'E_USAGE',
    message: `data.options.path leads to '${chosen}', ${holdsTest ? 'which holds' : 'which is part of'} the test images in '${test}'; they are never trained on`,
    next: 'Leave data.options.path out, or name a folder below the training images.',
  });
}

function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
