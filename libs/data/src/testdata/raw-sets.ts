/** Fixtures of the raw data sets, written by their published layouts, byte by byte. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The value of a pixel: tells image, row, column and channel apart, mod 256. */
export function pixelOf(image: number, y: number, x: number, channel: number): number {
  return (image * 7 + y * 3 + x * 5 + channel * 50) % 256;
}

/** Red plane, green plane, blue plane; row by row, or column by column. */
export function planesOf(image: number, side: number, order: 'rows' | 'columns'): number[] {
  const bytes: number[] = [];
  for (let channel = 0; channel < 3; channel++)
    for (let outer = 0; outer < side; outer++)
      for (let inner = 0; inner < side; inner++)
        bytes.push(order === 'rows' ? pixelOf(image, outer, inner, channel) : pixelOf(image, inner, outer, channel));
  return bytes;
}

/** The same image interleaved, row by row. */
export function interleaved(image: number, side: number): number[] {
  const bytes: number[] = [];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) for (let c = 0; c < 3; c++) bytes.push(pixelOf(image, y, x, c));
  return bytes;
}

const write = async (folder: string, name: string, bytes: readonly number[]): Promise<void> => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), Uint8Array.from(bytes));
};

/** `cifar-10-batches-bin`: <1 label><3072 pixels>, `perFile` records a file; image i of the whole has label i mod 10. */
export async function writeCifar10(root: string, perFile = 2): Promise<void> {
  const folder = join(root, 'cifar-10-batches-bin');
  const names = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'];
  for (const [file, name] of names.entries()) {
    const images = Array.from({ length: perFile }, (_, i) => file * perFile + i);
    await write(
      folder,
      `${name}.bin`,
      images.flatMap((image) => [image % 10, ...planesOf(image, 32, 'rows')]),
    );
  }
  const classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
  await writeFile(join(folder, 'batches.meta.txt'), `${classes.join('\n')}\n\n`);
}

/** `cifar-100-binary`: <1 coarse label><1 fine label><3072 pixels>; image i has the labels i mod 20 and i mod 100. */
export async function writeCifar100(root: string): Promise<void> {
  const folder = join(root, 'cifar-100-binary');
  const record = (image: number): number[] => [image % 20, image % 100, ...planesOf(image, 32, 'rows')];
  await write(folder, 'train.bin', [21, 42, 99].flatMap(record));
  await write(folder, 'test.bin', [63].flatMap(record));
}

/** `stl10_binary`: column-major planes; labels 1 to 10 in files of their own. */
export async function writeStl10(root: string): Promise<void> {
  const folder = join(root, 'stl10_binary');
  await write(
    folder,
    'train_X.bin',
    [0, 1].flatMap((image) => planesOf(image, 96, 'columns')),
  );
  await write(folder, 'train_y.bin', [10, 1]);
  await write(folder, 'test_X.bin', planesOf(2, 96, 'columns'));
  await write(folder, 'test_y.bin', [3]);
  await write(
    folder,
    'unlabeled_X.bin',
    [3, 4, 5].flatMap((image) => planesOf(image, 96, 'columns')),
  );
}

/** An IDX file of unsigned bytes. */
export function idxBytes(shape: readonly number[], values: readonly number[]): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  shape.forEach((length, i) => header.writeUInt32BE(length, 4 + 4 * i));
  return Buffer.concat([header, Uint8Array.from(values)]);
}
