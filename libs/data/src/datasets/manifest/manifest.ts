import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { defineDataset, TesseraError, type Dataset } from '@tessera/core';
import { z } from 'zod';
import { missingFolder } from '../../files/missing-folder.ts';
import { NameTable, NameTableBuilder } from '../../files/name-table.ts';
import { readNamedFile } from '../../files/read-named-file.ts';
import { showPath } from '../../files/show-path.ts';
import { alikeClasses } from '../class-names.ts';
import { labelsFrom, Words } from '../labels.ts';
import { leftOut, listedTwice } from './manifest-warnings.ts';
import { rowsOf } from './rows.ts';

const ENDINGS = ['csv', 'tsv', 'jsonl', 'ndjson'] as const;

const options = z.strictObject({
  path: z
    .string()
    .min(1)
    .default('.')
    .describe('the manifest (.csv, .tsv, .jsonl), or the folder of a train.csv or manifest.csv; relative to --data'),
  test: z
    .string()
    .min(1)
    .optional()
    .describe("manifest of the test images; default: test.csv beside the other, or the rows whose split is 'test'"),
  split: z.enum(['train', 'test']).default('train').describe('which images'),
  images: z.string().default('.').describe("folder that relative paths start at, itself relative to the manifest's"),
  pathKey: z.string().min(1).default('path').describe('column, or key, of the file name'),
  labelKey: z.string().min(1).default('label').describe('column, or key, of the label: a number or a word, or empty'),
  splitKey: z
    .string()
    .min(1)
    .default('split')
    .describe("column, or key, that says 'train' or 'test', where there is one"),
  classes: z.array(z.string()).min(1).optional().describe('class names in label order; default: as found'),
});

type ManifestOptions = z.output<typeof options>;

/** Images that a table lists: CSV, TSV or JSON lines, with a label a line, or none. */
export const manifestDataset = defineDataset({
  name: 'manifest',
  summary: 'Images listed in a CSV, TSV or JSON lines file with their labels',
  options,
  readsFolder: true,
  splits: ['train', 'test'],
  takesClasses: true,
  open: (given, { root }) => openManifest(root, given),
  read: async (locator) => ({ kind: 'encoded', bytes: await readNamedFile(z.string().parse(locator)) }),
});

async function openManifest(root: string, given: ManifestOptions): Promise<Dataset> {
  const file = manifestOf(root, given);
  const names = new NameTableBuilder();
  const written: number[] = [];
  const words = new Words();
  const splits = new Set<string>();
  const others = new Map<string, number>();
  // The training manifest stands for both splits: a row that does not say is a training image.
  const ownTest = given.split === 'test' && file === manifestOf(root, { ...given, split: 'train' });
  for await (const { path, label, split: asWritten } of rowsOf(file, given)) {
    const split = asWritten?.toLowerCase();
    if (split !== undefined) splits.add(split);
    if (split !== undefined && !['train', 'test'].includes(split)) others.set(split, (others.get(split) ?? 0) + 1);
    if ((split ?? (ownTest ? 'train' : given.split)) !== given.split) continue;
    names.add(path);
    written.push(label === undefined ? -1 : words.place(label));
  }
  if (names.size === 0) throw ownTest ? noTestSplit(file) : noImages(file, [...splits]);
  const paths = NameTable.unpack(names.packed());
  const labelled = labelsFrom(written, words.all(), given.classes);
  const base = resolve(dirname(file), given.images);
  const pathOf = (index: number): string => resolve(base, paths.at(index));
  return {
    size: paths.size,
    ...(labelled ? { classes: labelled.classes } : {}),
    label: (index) => {
      const label = labelled?.labels[index] ?? -1;
      return label < 0 ? undefined : label;
    },
    locate: pathOf,
    describe: (index) => showPath(pathOf(index)),
    name: (index) => paths.at(index),
    warnings: [...leftOut(file, others), ...listedTwice(file, paths), ...alikeClasses(labelled?.classes)],
  };
}

/** The manifest of a split; for the test split without one of its own, the training one, whose rows may say 'test'. */
function manifestOf(root: string, { path, test, split }: ManifestOptions): string {
  const given = resolve(root, path);
  if (!existsSync(given)) throw missingFolder(given);
  const folder = isFolder(given) ? given : dirname(given);
  const own = test === undefined ? named(folder, 'test') : resolve(isFolder(root) ? root : dirname(root), test);
  if (split === 'test' && own !== undefined && own !== given) {
    if (existsSync(own)) return own;
    throw missingManifest(own);
  }
  const file = isFolder(given) ? (named(folder, 'train') ?? named(folder, 'manifest')) : given;
  if (file === undefined) throw missingManifest(join(folder, 'train.csv'));
  if (split === 'train' && file === own) throw trainsOnTest(file);
  return file;
}

function isFolder(path: string): boolean {
  return statSync(path).isDirectory();
}

function named(folder: string, stem: string): string | undefined {
  return ENDINGS.map((ending) => join(folder, `${stem}.${ending}`)).find((file) => existsSync(file));
}

function missingManifest(file: string): TesseraError {
  return new TesseraError({
    code: 'E_DATA_MISSING',
    message: `there is no manifest '${file}'`,
    next: `Name it in data.options.path (and data.options.test): a file that ends in ${ENDINGS.join(', ')}.`,
  });
}

function trainsOnTest(file: string): TesseraError {
  return new TesseraError({
    code: 'E_USAGE',
    message: `data.options.path names '${file}', the manifest of the test images; they are never trained on`,
    next: 'Name another manifest, or mark the test images with a column split.',
  });
}

function noTestSplit(file: string): TesseraError {
  return new TesseraError({
    code: 'E_DATA_NO_SPLIT',
    message: `the manifest '${file}' marks no images as test images`,
    next: "Name another in data.options.test, add a column split with 'test' in it, or hold images out with data.testFraction.",
  });
}

function noImages(file: string, splits: readonly string[]): TesseraError {
  return new TesseraError({
    code: 'E_DATA_EMPTY',
    message: `the manifest '${file}' lists no images${splits.length > 0 ? ` for this split; its rows are of ${splits.join(', ')}` : ''}`,
    next: "Give it a line an image; a column split says 'train' or 'test'.",
  });
}
