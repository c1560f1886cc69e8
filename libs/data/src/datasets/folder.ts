import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { defineDataset, TesseraError, type Dataset } from '@tessera/core';
import { z } from 'zod';
import { missingFolder } from '../data-directory.ts';
import { showPath } from '../files/show-path.ts';
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
  read: async (locator) => ({ kind: 'encoded', bytes: await readFile(z.string().parse(locator)) }),
});

async function openFolder(root: string, { exclude, classes }: FolderOptions): Promise<Dataset> {
  if (!existsSync(root) || !statSync(root).isDirectory()) throw missingFolder(root);
  const { folders, images } = await listFolder(root);
  const groups: { readonly name: string; readonly files: readonly string[] }[] = [];
  for (const name of folders.filter((folder) => !exclude.includes(folder))) {
    const files = (await imagesBelow(join(root, name))).map((file) => join(name, file));
    if (files.length > 0) groups.push({ name, files });
  }
  const names = classes ?? groups.map(({ name }) => name);
  const stranger = groups.find(({ name }) => !names.includes(name));
  if (stranger) {
    throw new TesseraError({
      code: 'E_DATA_CLASSES',
      message: `'${join(root, stranger.name)}' is a class that was not there in training (${names.join(', ')})`,
      next: 'Remove the folder, or compare data sets that have the same classes.',
    });
  }
  if (groups.length === 0 && images.length === 0) throw emptyFolder(root, exclude);
  const labelled = groups.length > 0;
  const files = labelled ? groups.flatMap((group) => group.files) : images;
  const labels = labelled
    ? Int32Array.from(groups.flatMap(({ name, files: own }) => own.map(() => names.indexOf(name))))
    : undefined;
  const pathOf = (index: number): string => join(root, files[index] ?? '');
  return {
    size: files.length,
    ...(labels ? { classes: names } : {}),
    label: (index) => labels?.[index],
    locate: pathOf,
    describe: (index) => showPath(pathOf(index)),
    name: (index) => (files[index] ?? '').split(sep).join('/'),
  };
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
