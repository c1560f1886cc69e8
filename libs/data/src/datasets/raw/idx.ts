import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { defineDataset, TesseraError, type Dataset } from '@tessera/core';
import { z } from 'zod';
import { missingFolder } from '../../files/missing-folder.ts';
import { readIdx } from './idx-file.ts';
import { fromGray } from './planes.ts';

const fileName = (of: string): z.ZodOptional<z.ZodString> =>
  z.string().min(1).optional().describe(`file of the ${of}, in \`path\`; default: found by its name`);

const options = z.strictObject({
  path: z.string().default('.').describe('folder of the IDX files, gzip or not; relative to --data'),
  split: z.enum(['train', 'test']).default('train').describe('which images'),
  images: fileName('training images'),
  labels: fileName('training labels'),
  testImages: fileName('test images'),
  testLabels: fileName('test labels'),
  transposed: z.boolean().default(false).describe('pixels run down the columns, as in EMNIST'),
  classes: z.array(z.string()).min(1).optional().describe('class names in label order; default: the numbers'),
});

type IdxOptions = z.output<typeof options>;

const locator = z.tuple([z.int(), z.int(), z.boolean(), z.string()]);

/**
 * MNIST and its family (Fashion-MNIST, KMNIST, EMNIST ...): gray images in an IDX file, labels in another, or none. The main thread holds
 * the images' bytes; a locator carries one image, which is smaller than a file's path and needs no file in the worker.
 */
export const idxDataset = defineDataset({
  name: 'idx',
  summary: 'IDX files, gzip or not: MNIST, Fashion-MNIST, KMNIST, EMNIST',
  options,
  readsFolder: true,
  splits: ['train', 'test'],
  takesClasses: true,
  open: (given, { root }) => openIdx(resolve(root, given.path), given),
  read: (raw) => {
    const [width, height, transposed, pixels] = locator.parse(raw);
    return Promise.resolve({
      kind: 'pixels',
      image: fromGray(Buffer.from(pixels, 'base64'), width, height, transposed),
    });
  },
});

async function openIdx(folder: string, given: IdxOptions): Promise<Dataset> {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw missingFolder(folder);
  const { split, transposed } = given;
  const [chosenImages, chosenLabels] =
    split === 'train' ? [given.images, given.labels] : [given.testImages, given.testLabels];
  const prefix = split === 'train' ? 'train' : 't10k|test';
  const imageFile = chosenImages ?? (await findFile(folder, prefix, 'images', 3));
  if (imageFile === undefined) throw noImages(folder, split);
  const { shape, bytes } = await readIdx(join(folder, imageFile));
  const [size = 0, height = 0, width = 0] = shape;
  if (shape.length !== 3 || size * height * width === 0) throw noPictures(join(folder, imageFile), shape);
  const labelFile = chosenLabels ?? (await findFile(folder, prefix, 'labels', 1));
  const labels = labelFile === undefined ? undefined : await readLabels(join(folder, labelFile), size);
  const length = width * height;
  return {
    size,
    ...(labels ? { classes: classesOf(labels, given.classes) } : {}),
    label: (index) => labels?.[index],
    locate: (index) => {
      const image = bytes.subarray(index * length, (index + 1) * length);
      const encoded = Buffer.from(image.buffer, image.byteOffset, image.byteLength).toString('base64');
      return [width, height, transposed, encoded];
    },
    describe: (index) => `${basename(imageFile)} image ${String(index)}`,
  };
}

/** `train-images-idx3-ubyte`, with a dot for the last dash, a prefix such as `emnist-letters-`, and `.gz`. */
async function findFile(folder: string, prefix: string, what: string, rank: number): Promise<string | undefined> {
  const pattern = new RegExp(`^(.*-)?(${prefix})-${what}[-.]idx${String(rank)}-ubyte(\\.gz)?$`);
  const found = (await readdir(folder)).filter((name) => pattern.test(name)).sort();
  const stems = new Set(found.map((name) => name.replace(/\.gz$/, '')));
  if (stems.size > 1) {
    throw new TesseraError({
      code: 'E_DATA_AMBIGUOUS',
      message: `'${folder}' has several files of ${what}: ${found.join(', ')}`,
      next: 'Name the one that is meant: data.options.images, labels, testImages and testLabels.',
    });
  }
  return found[0];
}

async function readLabels(path: string, images: number): Promise<Uint8Array> {
  const { shape, bytes } = await readIdx(path);
  if (shape.length === 1 && shape[0] === images) return bytes;
  throw new TesseraError({
    code: 'E_DATA_DAMAGED',
    message: `'${path}' has the shape ${shape.join(' x ')}; expected ${String(images)} labels, one an image`,
    next: 'Name the labels that belong to the images: data.options.labels and testLabels.',
  });
}

function classesOf(labels: Uint8Array, names: readonly string[] | undefined): readonly string[] {
  const count = labels.reduce((largest, label) => Math.max(largest, label), 0) + 1;
  if (names === undefined) return Array.from({ length: count }, (_, label) => String(label));
  if (names.length >= count) return names;
  throw new TesseraError({
    code: 'E_DATA_CLASSES',
    message: `there is a label ${String(count - 1)}, but data.options.classes names ${String(names.length)} classes`,
    next: 'Name as many classes as there are labels, or leave data.options.classes out.',
  });
}

function noImages(folder: string, split: 'train' | 'test'): TesseraError {
  return new TesseraError({
    code: split === 'train' ? 'E_DATA_MISSING' : 'E_DATA_NO_SPLIT',
    message: `there is no file named like '${split === 'train' ? 'train' : 't10k'}-images-idx3-ubyte' in '${folder}'`,
    next: `Name it: data.options.${split === 'train' ? 'images' : 'testImages'}.`,
  });
}

function noPictures(path: string, shape: readonly number[]): TesseraError {
  return new TesseraError({
    code: 'E_DATA_DAMAGED',
    message: `'${path}' has the shape ${shape.join(' x ')}; expected images x rows x columns`,
    next: 'Name the file of the images: data.options.images and testImages.',
  });
}
