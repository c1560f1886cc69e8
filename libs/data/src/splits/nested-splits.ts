import { TesseraError } from '@tessera/core';
import { byPreference, splitsAmong } from './split-names.ts';
import { countsByFolder } from './top-folders.ts';

export interface NestedSearch {
  /** Folder that is trained on, in messages; a name below it, for the part of a path that follows. */
  readonly show: (folder: string) => string;
  /**
   * `root`: the folder was taken as it is, so that a test folder anywhere below is a mistake. `train`: it is known to hold training
   * images, so that only a test folder beside one of training images is. `chosen`: the same, also directly in the folder.
   */
  readonly within: 'root' | 'train' | 'chosen';
  /** How to take a folder below alone. */
  readonly advice: (folder: string) => string;
}

/**
 * Refuses to train on folders that hold splits of their own: `PARENT/ds/train` and `PARENT/ds/test` seen from PARENT.
 * @param names of the images that are going to be trained on, relative to the folder
 * @throws TesseraError `E_DATA_SPLITS`
 */
export function refuseNestedSplits(names: Iterable<string>, { show, within, advice }: NestedSearch): void {
  const children = new Map<string, Map<string, number>>();
  for (const [folder, count] of countsByFolder(names)) {
    const parts = folder === '' ? [] : folder.split('/');
    for (const [depth, part] of parts.entries()) {
      const parent = parts.slice(0, depth).join('/');
      const own = children.get(parent) ?? new Map<string, number>();
      children.set(parent, own.set(part, (own.get(part) ?? 0) + count));
    }
  }
  for (const [parent, own] of children) {
    if (parent === '' && within !== 'chosen') continue;
    const kinds = splitsAmong(own.keys());
    const tests = byPreference([...own.keys()].filter((name) => kinds.get(name) === 'test'));
    const hasTrain = [...kinds.values()].includes('train');
    const [test] = tests;
    if (test === undefined || (within !== 'root' && !hasTrain)) continue;
    const path = parent === '' ? test : `${parent}/${test}`;
    throw new TesseraError({
      code: 'E_DATA_SPLITS',
      message: `${show(parent)} has a folder '${test}' of its own, whose ${String(own.get(test) ?? 0)} images would be trained on as part of ${show('')}`,
      next: `${advice(parent)} Where '${path}' holds no test images, set data.options.splits=none.`,
    });
  }
}
