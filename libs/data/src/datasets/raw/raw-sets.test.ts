import { mkdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { labelsOf, openDataset, readImage } from '../../testdata/datasets.ts';
import { temporaryFolder } from '../../testdata/temporary-folder.ts';
import { idxBytes, interleaved, writeCifar10, writeCifar100, writeStl10 } from '../../testdata/raw-sets.ts';
import { cifar100Dataset, cifar10Dataset } from './cifar.ts';
import { idxDataset } from './idx.ts';
import { stl10Dataset } from './stl10.ts';

vi.mock('sharp', () => {
  throw new Error('raw data sets have no use for sharp');
});

describe('cifar10', () => {
  it('reads the binary version: all batches in order, planes interleaved, names of the classes', async () => {
    const root = await temporaryFolder();
    await writeCifar10(root);
    const dataset = await openDataset(cifar10Dataset, root);
    expect(labelsOf(dataset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(dataset.classes?.[6]).toBe('frog');
    expect(dataset.describe(6)).toBe('CIFAR-10 data_batch_4.bin image 0 (frog)');
    for (const index of [0, 5, 9]) {
      const image = await readImage(cifar10Dataset, dataset, index);
      expect([image.width, image.height, [...image.data]]).toEqual([32, 32, interleaved(index, 32)]);
    }
  });

  it('has a test split, also where the folder itself is given', async () => {
    const root = await temporaryFolder();
    await writeCifar10(root);
    const dataset = await openDataset(cifar10Dataset, join(root, 'cifar-10-batches-bin'), { split: 'test' });
    expect(labelsOf(dataset)).toEqual([0, 1]); // images 10 and 11
    expect([...(await readImage(cifar10Dataset, dataset, 1)).data]).toEqual(interleaved(11, 32));
  });

  it('says what is wrong', async () => {
    const root = await temporaryFolder();
    await writeCifar10(root);
    const file = join(root, 'cifar-10-batches-bin/data_batch_3.bin');
    const { size } = await stat(file);
    await truncate(file, size - 1);
    await expect(openDataset(cifar10Dataset, root)).rejects.toMatchObject({
      code: 'E_DATA_TRUNCATED',
      message: expect.stringContaining('data_batch_3.bin') as unknown,
    });
    await writeFile(file, new Uint8Array(size).fill(10));
    await expect(openDataset(cifar10Dataset, root)).rejects.toMatchObject({
      code: 'E_DATA_DAMAGED',
      message: expect.stringContaining('the label 10') as unknown,
    });
    await rm(file);
    await expect(openDataset(cifar10Dataset, root)).rejects.toMatchObject({ code: 'E_DATA_MISSING' });
    await expect(openDataset(cifar10Dataset, join(root, 'nowhere'))).rejects.toMatchObject({ code: 'E_DATA_MISSING' });
    const python = await temporaryFolder();
    await mkdir(join(python, 'cifar-10-batches-py'));
    await expect(openDataset(cifar10Dataset, python)).rejects.toMatchObject({
      next: expect.stringContaining('Python version') as unknown,
    });
  });

  it('refuses a file that changed after it was indexed', async () => {
    const root = await temporaryFolder();
    await writeCifar10(root);
    const dataset = await openDataset(cifar10Dataset, root);
    await utimes(join(root, 'cifar-10-batches-bin/data_batch_1.bin'), 1, 1);
    await expect(readImage(cifar10Dataset, dataset, 0)).rejects.toMatchObject({ code: 'E_DATA_CHANGED' });
    await rm(join(root, 'cifar-10-batches-bin/data_batch_2.bin'));
    await expect(readImage(cifar10Dataset, dataset, 2)).rejects.toThrow(/ENOENT/);
  });
});

describe('cifar100', () => {
  it('has 100 classes, or the 20 groups of them', async () => {
    const root = await temporaryFolder();
    await writeCifar100(root);
    const fine = await openDataset(cifar100Dataset, root);
    expect([fine.classes?.length, labelsOf(fine)]).toEqual([100, [21, 42, 99]]);
    const coarse = await openDataset(cifar100Dataset, root, { labels: 'coarse' });
    expect([coarse.classes?.length, labelsOf(coarse)]).toEqual([20, [1, 2, 19]]);
    expect([...(await readImage(cifar100Dataset, fine, 1)).data]).toEqual(interleaved(42, 32));
    const test = await openDataset(cifar100Dataset, root, { split: 'test' });
    expect([...(await readImage(cifar100Dataset, test, 0)).data]).toEqual(interleaved(63, 32));
  });
});

describe('stl10', () => {
  it('reads column by column, labels from 1', async () => {
    const root = await temporaryFolder();
    await writeStl10(root);
    const dataset = await openDataset(stl10Dataset, root);
    expect(labelsOf(dataset)).toEqual([9, 0]);
    const image = await readImage(stl10Dataset, dataset, 1);
    expect([image.width, image.height, [...image.data]]).toEqual([96, 96, interleaved(1, 96)]);
    const test = await openDataset(stl10Dataset, root, { split: 'test' });
    expect([labelsOf(test), [...(await readImage(stl10Dataset, test, 0)).data]]).toEqual([[2], interleaved(2, 96)]);
  });

  it('has images without labels, alone or after the labelled ones', async () => {
    const root = await temporaryFolder();
    await writeStl10(root);
    const unlabeled = await openDataset(stl10Dataset, root, { split: 'unlabeled' });
    expect([unlabeled.classes, labelsOf(unlabeled)]).toEqual([undefined, [undefined, undefined, undefined]]);
    const both = await openDataset(stl10Dataset, root, { split: 'train+unlabeled' });
    expect(labelsOf(both)).toEqual([9, 0, undefined, undefined, undefined]);
    expect([...(await readImage(stl10Dataset, both, 4)).data]).toEqual(interleaved(5, 96));
  });

  it('says what is wrong', async () => {
    const root = await temporaryFolder();
    await writeStl10(root);
    await writeFile(join(root, 'stl10_binary/train_y.bin'), Uint8Array.of(1));
    await expect(openDataset(stl10Dataset, root)).rejects.toMatchObject({ code: 'E_DATA_TRUNCATED' });
    await writeFile(join(root, 'stl10_binary/train_y.bin'), Uint8Array.of(1, 0));
    await expect(openDataset(stl10Dataset, root)).rejects.toMatchObject({ code: 'E_DATA_DAMAGED' });
  });
});

describe('idx', () => {
  const images = [0, 50, 100, 150, 200, 250, 1, 2, 3, 4, 5, 6];

  async function folder(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
    const root = await temporaryFolder();
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(root, name), bytes);
    return root;
  }

  it('reads images of 2 rows and 3 columns, packed or not, gray repeated', async () => {
    const root = await folder({
      'train-images-idx3-ubyte.gz': gzipSync(idxBytes([2, 2, 3], images)),
      'train-labels-idx1-ubyte': idxBytes([2], [3, 0]),
      't10k-images.idx3-ubyte': idxBytes([1, 2, 3], images.slice(6)),
      't10k-labels.idx1-ubyte.gz': gzipSync(idxBytes([1], [1])),
    });
    const dataset = await openDataset(idxDataset, root);
    expect([dataset.classes, labelsOf(dataset)]).toEqual([
      ['0', '1', '2', '3'],
      [3, 0],
    ]);
    const image = await readImage(idxDataset, dataset, 0);
    expect([image.width, image.height]).toEqual([3, 2]);
    expect([...image.data]).toEqual([0, 50, 100, 150, 200, 250].flatMap((gray) => [gray, gray, gray]));
    const test = await openDataset(idxDataset, root, { split: 'test', classes: ['a', 'b'] });
    expect([test.classes, labelsOf(test)]).toEqual([['a', 'b'], [1]]);
    expect([...(await readImage(idxDataset, test, 0)).data.slice(0, 6)]).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it('needs no labels, and can turn the columns of EMNIST into rows', async () => {
    const root = await folder({ 'emnist-letters-train-images-idx3-ubyte': idxBytes([1, 2, 3], images.slice(6)) });
    const dataset = await openDataset(idxDataset, root, { transposed: true });
    expect([dataset.classes, dataset.label(0)]).toEqual([undefined, undefined]);
    const { data } = await readImage(idxDataset, dataset, 0);
    expect(data.filter((_, i) => i % 3 === 0)).toEqual(Uint8Array.of(1, 3, 5, 2, 4, 6));
  });

  it('takes the files that are named where there are several', async () => {
    const root = await folder({
      'a-train-images-idx3-ubyte': idxBytes([1, 2, 3], images.slice(6)),
      'b-train-images-idx3-ubyte': idxBytes([2, 2, 3], images),
    });
    await expect(openDataset(idxDataset, root)).rejects.toMatchObject({ code: 'E_DATA_AMBIGUOUS' });
    expect((await openDataset(idxDataset, root, { images: 'b-train-images-idx3-ubyte' })).size).toBe(2);
  });

  it.each([
    ['E_DATA_TRUNCATED', idxBytes([3, 2, 3], images)],
    ['E_DATA_DAMAGED', idxBytes([12], images)],
    ['E_DATA_DAMAGED', Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 0)],
    ['E_DATA_DAMAGED', Uint8Array.of(1, 2, 3, 4)],
    ['E_DATA_DAMAGED', new Uint8Array()],
    ['E_DATA_DAMAGED', Uint8Array.of(0, 0, 8, 3, 0, 0)],
    ['E_DATA_DAMAGED', gzipSync(idxBytes([2, 2, 3], images)).subarray(0, 25)],
  ])('says %s of a file that is broken', async (code, bytes) => {
    const root = await folder({ 'train-images-idx3-ubyte': bytes });
    await expect(openDataset(idxDataset, root)).rejects.toMatchObject({ code });
  });

  it('says what is missing or does not fit', async () => {
    const root = await folder({ 'train-images-idx3-ubyte': idxBytes([2, 2, 3], images) });
    await expect(openDataset(idxDataset, root, { split: 'test' })).rejects.toMatchObject({ code: 'E_DATA_NO_SPLIT' });
    await expect(openDataset(idxDataset, root, { labels: 'nowhere' })).rejects.toMatchObject({
      code: 'E_DATA_UNREADABLE',
    });
    await writeFile(join(root, 'train-labels-idx1-ubyte'), idxBytes([3], [0, 1, 2]));
    await expect(openDataset(idxDataset, root)).rejects.toMatchObject({ code: 'E_DATA_DAMAGED' });
    await writeFile(join(root, 'train-labels-idx1-ubyte'), idxBytes([2], [0, 2]));
    await expect(openDataset(idxDataset, root, { classes: ['a', 'b'] })).rejects.toMatchObject({
      code: 'E_DATA_CLASSES',
    });
    expect((await readFile(join(root, 'train-labels-idx1-ubyte'))).length).toBe(10);
  });
});
