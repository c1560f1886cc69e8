import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { defineDataset, TesseraError, type Dataset } from '@tessera/core';
import { z } from 'zod';
import { missingFolder } from '../../files/missing-folder.ts';
import { OpenFiles } from '../../files/open-files.ts';
import { fromColumnPlanes } from './planes.ts';
import { recordSet, type RecordPart } from './record-set.ts';
import { labelBytes, openRecords } from './records.ts';

const SIDE = 96;
const IMAGE_BYTES = 3 * SIDE * SIDE;
const CLASSES = 10;
const FOLDER = 'stl10_binary';

const options = z.strictObject({
  path: z.string().default('.').describe('folder of the .bin files, or the one that holds it; relative to --data'),
  split: z
    .enum(['train', 'test', 'unlabeled', 'train+unlabeled'])
    .default('train')
    .describe('5,000 labelled images, 8,000 test images, 100,000 without labels, or the first and the third'),
});

const files = new OpenFiles();
const locator = z.tuple([z.string(), z.number(), z.number(), z.number()]);

/** STL-10, binary version (cs.stanford.edu/~acoates/stl10): images of 96 pixels, read by position. */
export const stl10Dataset = defineDataset({
  name: 'stl10',
  summary: 'STL-10, binary version, with its 100,000 images without labels',
  options,
  readsFolder: true,
  splits: ['train', 'test', 'unlabeled', 'train+unlabeled'],
  open: ({ path, split }, { root }) => openStl10(resolve(root, path), split),
  // eslint-disable-next-line @typescript-eslint/require-await -- a wrong locator must reject, not throw
  read: async (raw) => {
    const [file, size, mtimeMs, offset] = locator.parse(raw);
    const planes = files.read([file, size, mtimeMs], offset, IMAGE_BYTES);
    return { kind: 'pixels', image: fromColumnPlanes(planes, SIDE, SIDE) };
  },
});

async function openStl10(root: string, split: z.output<typeof options>['split']): Promise<Dataset> {
  if (!existsSync(root)) throw missingFolder(root);
  const folder = existsSync(join(root, FOLDER)) ? join(root, FOLDER) : root;
  const parts = [];
  for (const name of split.split('+')) parts.push(await openPart(folder, name));
  const classes = await classNames(join(folder, 'class_names.txt'));
  return recordSet({
    parts,
    classes,
    locate: ({ stamp }, record) => [...stamp, record * IMAGE_BYTES],
    describe: ({ stamp }, record, label) =>
      `STL-10 ${basename(stamp[0])} image ${String(record)}${label === undefined ? '' : ` (${classes[label] ?? ''})`}`,
  });
}

async function openPart(folder: string, name: string): Promise<RecordPart> {
  const advice = `Unpack the binary version of STL-10 (it makes the folder ${FOLDER}) and give it with --data.`;
  const file = await openRecords(join(folder, `${name}_X.bin`), IMAGE_BYTES, advice);
  if (name === 'unlabeled') return { file };
  const labelFile = await openRecords(join(folder, `${name}_y.bin`), 1, advice);
  if (labelFile.count !== file.count) {
    throw new TesseraError({
      code: 'E_DATA_TRUNCATED',
      message: `'${labelFile.stamp[0]}' has ${String(labelFile.count)} labels for ${String(file.count)} images`,
      next: 'One of the two files is cut short: fetch them again.',
    });
  }
  // In the file, labels are 1 to 10.
  const labels = (await labelBytes(labelFile, 1, 0, CLASSES + 1)).map((label) => label - 1);
  if (labels.every((label) => label < CLASSES)) return { file, labels };
  throw new TesseraError({
    code: 'E_DATA_DAMAGED',
    message: `'${labelFile.stamp[0]}' has a label 0; expected 1 to ${String(CLASSES)}`,
    next: 'Fetch the file again.',
  });
}

async function classNames(file: string): Promise<readonly string[]> {
  const names = (await readFile(file, 'utf8').catch(() => '')).split(/\s+/).filter((name) => name !== '');
  return names.length === CLASSES ? names : Array.from({ length: CLASSES }, (_, label) => String(label));
}
