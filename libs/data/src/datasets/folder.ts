import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defineDataset, TesseraError, type Dataset } from '@tessera/core';
import { z } from 'zod';
import { missingFolder } from '../data-directory.ts';
import { stampOf, type FileStamp } from '../files/file-stamp.ts';
import { NameTable, NameTableBuilder, type PackedNames } from '../files/name-table.ts';
import { readImageFile } from '../files/read-image-file.ts';
import { showPath } from '../files/show-path.ts';
import { cachedIndex } from '../index-cache/cached-index.ts';
import { alikeClasses, likeness, listed, matchClasses, sameName } from './class-names.ts';
import { IMAGE_ENDINGS, imagesBelow, listFolder } from './image-files.ts';

const options = z.strictObject({
  path: z.string().default('.').describe('folder of class folders, or of images without labels; relative to --data'),
  exclude: z.array(z.string()).default([]).describe('names of class folders to leave out'),
  classes: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      "class names in label order; default: the class folders' sorted names. Give the training set's for a test set",
    ),
});

type FolderOptions = z.output<typeof options>;

/**
 * Images in a folder. Where there are class folders (sub-folders with images, at any depth) they are the labels, in sorted order, and
 * loose images beside them are ignored; else the folder's own images are taken, without labels. Same files, same order.
 */
export const folderDataset = defineDataset({
  name: 'folder',
  summary: 'A folder of class folders, or a flat folder of unlabelled images',
  options,
  open: (folderOptions, { root }) => openFolder(resolve(root, folderOptions.path), folderOptions),
  read: async (locator) => ({ kind: 'encoded', bytes: await readImageFile(z.string().parse(locator)) }),
});

async function openFolder(root: string, { exclude, classes }: FolderOptions): Promise<Dataset> {
  if (!existsSync(root) || !statSync(root).isDirectory()) throw missingFolder(root);
  const { groups, counts, names: packed } = await indexOf(root, exclude);
  const names = NameTable.unpack(packed);
  if (names.size === 0) throw emptyFolder(root, exclude);
  const matched = matchClasses(groups, classes);
  const stranger = groups[matched.labels.indexOf(-1)];
  if (stranger !== undefined) {
    throw new TesseraError({
      code: 'E_DATA_CLASSES',
      message: `'${join(root, stranger)}' is a class that was not there in training (${listed(matched.classes)})${likeness(stranger, matched.classes)}`,
      next: 'Rename or remove the folder, or compare data sets that have the same classes.',
    });
  }
  const labels = groups.length > 0 ? labelsOf(counts, matched.labels) : undefined;
  return {
    size: names.size,
    ...(labels ? { classes: matched.classes } : {}),
    label: (index) => labels?.[index],
    locate: (index) => join(root, names.at(index)),
    describe: (index) => showPath(join(root, names.at(index))),
    name: (index) => names.at(index),
    warnings: alikeClasses(matched.classes),
  };
}

/** What a folder holds: the images of each class folder, one class after the other; or, without class folders, its own images. */
interface FolderIndex {
  readonly groups: readonly string[];
  readonly counts: readonly number[];
  /** Relative to the folder. */
  readonly names: PackedNames;
}

function indexOf(root: string, exclude: readonly string[]): Promise<FolderIndex> {
  return cachedIndex(['folder', 2, root, [...exclude]], async () => {
    const sources: FileStamp[] = [];
    const stamp = await stampOf(root);
    if (stamp) sources.push(stamp);
    const { folders, images } = await listFolder(root);
    const groups: string[] = [];
    const counts: number[] = [];
    const names = new NameTableBuilder();
    const left = new Set(exclude.map(sameName));
    for (const group of folders.filter((name) => !left.has(sameName(name)))) {
      const files = await imagesBelow(join(root, group), sources);
      if (files.length === 0) continue;
      for (const file of files) names.add(`${group}/${file}`);
      groups.push(group);
      counts.push(files.length);
    }
    if (groups.length === 0) for (const image of images) names.add(image);
    return { index: { groups, counts, names: names.packed() }, sources };
  });
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

function emptyFolder(root: string, exclude: readonly string[]): TesseraError {
  const besides =
    exclude.length > 0 ? ` (besides ${exclude.map((name) => `'${name}'`).join(', ')}, which is left out)` : '';
  return new TesseraError({
    code: 'E_DATA_EMPTY',
    message: `no images in '${root}'${besides}`,
    next: `Expected class folders with images, or images, ending in ${IMAGE_ENDINGS.join(', ')}.`,
  });
}
