import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { Json } from '@tessera/core';
import type { ImageSet } from './images.ts';

/**
 * Test images that are training images too: of one file, or of one place in a file. A link to a folder is that folder; links to single
 * files are not followed, and files of the same bytes are not looked for. Images that are in no file (their locator does not begin with a path) are not compared.
 * @returns how many, and the position of the first in the test set
 */
export async function sharedImages(
  training: ImageSet,
  test: ImageSet,
): Promise<{ readonly count: number; readonly first: number | undefined }> {
  if (training.dataset === test.dataset) {
    const trained = new Set(training.indices);
    const shared = test.indices.filter((index) => trained.has(index));
    return { count: shared.length, first: shared[0] };
  }
  const folders = new Map<string, string>();
  const tested = new Map<string, number>();
  for (const index of test.indices) {
    const place = await placeOf(test.dataset.locate(index), folders);
    if (place !== undefined) tested.set(place, index);
  }
  const shared: number[] = [];
  for (const index of tested.size > 0 ? training.indices : []) {
    const found = tested.get((await placeOf(training.dataset.locate(index), folders)) ?? '');
    if (found !== undefined) shared.push(found);
  }
  const once = new Set(shared);
  return { count: once.size, first: once.size > 0 ? Math.min(...once) : undefined };
}

/** @param folders real paths of the folders so far: few, and images many */
async function placeOf(locator: Json, folders: Map<string, string>): Promise<string | undefined> {
  const [path, ...rest]: readonly Json[] = Array.isArray(locator) ? (locator as readonly Json[]) : [locator];
  if (typeof path !== 'string' || !isAbsolute(path)) return undefined;
  const folder = dirname(path);
  let real = folders.get(folder);
  if (real === undefined) {
    real = await realpath(folder).catch(() => folder);
    folders.set(folder, real);
  }
  return JSON.stringify([join(real, basename(path)), ...rest]);
}
