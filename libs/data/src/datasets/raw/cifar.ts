import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { defineDataset, TesseraError, type Dataset, type Picture, type Json } from '@tessera/core';
import { z } from 'zod';
import { missingFolder } from '../../files/missing-folder.ts';
import { OpenFiles } from '../../files/open-files.ts';
import { fromPlanes } from './planes.ts';
import { recordSet } from './record-set.ts';
import { labelBytes, openRecords } from './records.ts';

const SIDE = 32;
const IMAGE_BYTES = 3 * SIDE * SIDE;

/** What tells CIFAR-10 from CIFAR-100: www.cs.toronto.edu/~kriz/cifar.html, "Binary version". */
interface Layout {
  readonly title: string;
  /** The folder that the archive unpacks to. */
  readonly folder: string;
  readonly train: readonly string[];
  readonly test: readonly string[];
  /** Bytes before the pixels, and which of them is the label. */
  readonly labelBytes: number;
  readonly labelAt: number;
  readonly names: string;
  readonly classes: number;
}

const path = z.string().default('.').describe('folder of the .bin files, or the one that holds it; relative to --data');
const split = z.enum(['train', 'test']).default('train').describe('which images');

/** CIFAR-10, binary version: 50,000 training and 10,000 test images of 32 pixels, read by position. */
export const cifar10Dataset = defineDataset({
  name: 'cifar10',
  summary: 'CIFAR-10, binary version (data_batch_1.bin to data_batch_5.bin, test_batch.bin)',
  options: z.strictObject({ path, split }),
  readsFolder: true,
  splits: ['train', 'test'],
  open: (options, { root }) =>
    openCifar(resolve(root, options.path), options.split, {
      title: 'CIFAR-10',
      folder: 'cifar-10-batches-bin',
      train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${String(batch)}.bin`),
      test: ['test_batch.bin'],
      labelBytes: 1,
      labelAt: 0,
      names: 'batches.meta.txt',
      classes: 10,
    }),
  read: readCifar,
});

/** CIFAR-100, binary version, with its 100 classes or its 20 groups of them. */
export const cifar100Dataset = defineDataset({
  name: 'cifar100',
  summary: 'CIFAR-100, binary version (train.bin, test.bin)',
  options: z.strictObject({
    path,
    split,
    labels: z.enum(['fine', 'coarse']).default('fine').describe('100 classes, or the 20 groups they belong to'),
  }),
  readsFolder: true,
  splits: ['train', 'test'],
  open: ({ labels, ...options }, { root }) =>
    openCifar(resolve(root, options.path), options.split, {
      title: 'CIFAR-100',
      folder: 'cifar-100-binary',
      train: ['train.bin'],
      test: ['test.bin'],
      labelBytes: 2,
      labelAt: labels === 'coarse' ? 0 : 1,
      names: `${labels}_label_names.txt`,
      classes: labels === 'coarse' ? 20 : 100,
    }),
  read: readCifar,
});

const files = new OpenFiles();
const locator = z.tuple([z.string(), z.number(), z.number(), z.number()]);

// eslint-disable-next-line @typescript-eslint/require-await -- a wrong locator must reject, not throw
async function readCifar(raw: Json): Promise<Picture> {
  const [file, size, mtimeMs, offset] = locator.parse(raw);
  const planes = files.read([file, size, mtimeMs], offset, IMAGE_BYTES);
  return { kind: 'pixels', image: fromPlanes(planes, SIDE, SIDE) };
}

async function openCifar(root: string, chosen: 'train' | 'test', layout: Layout): Promise<Dataset> {
  if (!existsSync(root)) throw missingFolder(root);
  const folder = existsSync(join(root, layout.folder)) ? join(root, layout.folder) : root;
  const recordBytes = layout.labelBytes + IMAGE_BYTES;
  const parts = [];
  for (const name of layout[chosen]) {
    const file = await openRecords(join(folder, name), recordBytes, adviceFor(root, layout));
    parts.push({ file, labels: await labelBytes(file, recordBytes, layout.labelAt, layout.classes) });
  }
  const classes = await classNames(join(folder, layout.names), layout.classes);
  return recordSet({
    parts,
    classes,
    locate: ({ stamp }, record) => [...stamp, record * recordBytes + layout.labelBytes],
    describe: ({ stamp }, record, label) =>
      `${layout.title} ${basename(stamp[0])} image ${String(record)}${label === undefined ? '' : ` (${classes[label] ?? ''})`}`,
  });
}

/** One name a line, in label order; numbers where the file is missing. */
async function classNames(file: string, count: number): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const names = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (names.length === 0) return Array.from({ length: count }, (_, label) => String(label));
  if (names.length === count && new Set(names).size === count) return names;
  throw new TesseraError({
    code: 'E_DATA_CLASSES',
    message: `'${file}' names ${String(new Set(names).size)} classes; expected ${String(count)}, one a line`,
    next: 'Fetch the file again, or remove it: classes are then called by their numbers.',
  });
}

/** People often have the version for Python, which torchvision fetches. */
function adviceFor(root: string, { title, folder }: Layout): string {
  const python = ['data_batch_1', 'train', 'cifar-10-batches-py', 'cifar-100-python'].some(
    (name) => existsSync(join(root, name)) && !existsSync(join(root, `${name}.bin`)),
  );
  return `${python ? 'This looks like the Python version, whose pickles cannot be read. ' : ''}Unpack the binary version of ${title} (it makes the folder ${folder}) and give it with --data.`;
}
