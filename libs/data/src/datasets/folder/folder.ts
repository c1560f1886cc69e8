import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defineDataset, TesseraError, type Dataset } from '@tessera/core';
import { z } from 'zod';
import { missingFolder } from '../../files/missing-folder.ts';
import { readImageFile } from '../../files/read-image-file.ts';
import { showPath } from '../../files/show-path.ts';
import { imagesWarning } from '../../splits/count-findings.ts';
import { alikeClasses, likeness, listed, matchClasses } from '../class-names.ts';
import { folderOptions, type FolderOptions } from './folder-options.ts';
import { listSplit } from './list-split.ts';

/**
 * Images in a folder. `train/` is trained on where there is one, `test/` never (see {@link chooseSplits}). Class folders (sub-folders with
 * images, at any depth) are the labels, in sorted order, and loose images beside them are left out; without class folders, the folder's own
 * images are taken, without labels. Same files, same order. What is left out or guessed is one warning.
 */
export const folderDataset = defineDataset({
  name: 'folder',
  summary: 'A folder of class folders, or a flat folder of unlabelled images',
  options: folderOptions,
  readsFolder: true,
  splits: ['train', 'test'],
  takesClasses: true,
  open: (given, { root }) => openFolder(resolve(root), given),
  read: async (locator) => ({ kind: 'encoded', bytes: await readImageFile(z.string().parse(locator)) }),
});

async function openFolder(root: string, given: FolderOptions): Promise<Dataset> {
  if (!existsSync(root) || !statSync(root).isDirectory()) throw missingFolder(root);
  const { folder, names, groups, findings } = await listSplit(root, given);
  const matched = matchClasses(
    groups.map(({ name }) => name),
    given.classes,
  );
  const stranger = groups[matched.labels.indexOf(-1)]?.name;
  if (stranger !== undefined) {
    throw new TesseraError({
      code: 'E_DATA_CLASSES',
      message: `'${join(folder, stranger)}' is a class that was not there in training (${listed(matched.classes)})${likeness(stranger, matched.classes)}`,
      next: 'Rename or remove the folder, or compare data sets that have the same classes.',
    });
  }
  const counts = groups.map(({ images }) => images);
  const labels = groups.length > 0 ? labelsOf(counts, matched.labels) : undefined;
  const pathOf = (index: number): string => join(folder, names.at(index));
  return {
    size: names.size,
    place: folder,
    ...(labels ? { classes: matched.classes } : {}),
    label: (index) => labels?.[index],
    locate: pathOf,
    describe: (index) => showPath(pathOf(index)),
    name: (index) => names.at(index),
    warnings: [...imagesWarning(findings), ...alikeClasses(matched.classes)],
  };
}

function labelsOf(counts: readonly number[], labels: readonly number[]): Int32Array {
  const all = new Int32Array(counts.reduce((sum, count) => sum + count, 0));
  let from = 0;
  for (const [i, count] of counts.entries()) {
    all.fill(labels[i] ?? -1, from, from + count);
    from += count;
  }
  return all;
}
