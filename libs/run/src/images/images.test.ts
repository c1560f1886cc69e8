import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBankImages, openTestImages, openTrainingImages, type ImageSet } from './images.ts';
import { prepare } from '../testing/prepare.ts';
import { temporaryFolder, tinySimclr, writeRecipe } from '../testing/tiny.ts';

/** One image file (not decoded here) in each of the folders. */
function dataFolder(...folders: readonly string[]): string {
  const root = temporaryFolder();
  for (const folder of folders) {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, 'image.png'), '');
  }
  return root;
}

interface Sets {
  readonly training: ImageSet;
  readonly test: ImageSet | undefined;
  readonly bank: ImageSet;
}

async function open(data: string, options: object, keys: object = {}, set: readonly string[] = []): Promise<Sets> {
  const recipe = writeRecipe({ ...tinySimclr, data: { source: 'folder', options, ...keys } });
  const prepared = await prepare(recipe, { data, set });
  const training = await openTrainingImages(prepared);
  return {
    training,
    test: await openTestImages(prepared, training),
    bank: await openBankImages(prepared, training),
  };
}

/** `count` files in each of the classes. */
function classes(count: number, ...names: readonly string[]): string {
  const root = dataFolder(...names);
  for (const name of names)
    for (let i = 1; i < count; i++) writeFileSync(join(root, name, `image${String(i)}.png`), '');
  return root;
}

const labelsOf = ({ dataset, indices }: ImageSet): (number | undefined)[] =>
  Array.from(indices, (index) => dataset.label(index));
const shownOf = ({ dataset, indices }: ImageSet): string[] => Array.from(indices, (index) => dataset.describe(index));

describe('training images', () => {
  it('leave out the classes of the recipe and the test folder', async () => {
    const { training, test } = await open(dataFolder('a', 'b', 'c', 'test/a', 'test/b', 'test/c'), { exclude: ['b'] });
    expect(training.dataset.classes).toEqual(['a', 'c']);
    expect([training.dataset.size, test?.dataset.size]).toEqual([2, 2]);
  });

  it.each([
    [['a', 'test/a'], 'test'],
    [['a', 'test/a'], './b/../test/a'],
    [['train/a', 'test/a'], '../test'],
    [['train/a', 'test/a'], '..'],
  ])('of %j are not those of %s', async (folders, path) => {
    await expect(open(dataFolder(...folders), { path })).rejects.toMatchObject({ code: 'E_USAGE', kind: 'usage' });
  });

  it('may be below the training folder', async () => {
    const { training } = await open(dataFolder('train/small/a', 'train/large/a', 'test/small/a'), { path: 'small' });
    expect(training.dataset.describe(0)).toMatch(/train.small.a/);
  });
});

describe('subsets', () => {
  it('take a share of each class, the same for every seed of the run', async () => {
    const data = classes(10, 'a', 'b');
    const { training } = await open(data, {}, { fraction: 0.2 });
    expect(labelsOf(training)).toEqual([0, 0, 1, 1]);
    expect(shownOf((await open(data, {}, { fraction: 0.2 }, ['seed=7'])).training)).toEqual(shownOf(training));
    const other = await open(data, {}, { fraction: 0.2, subsetSeed: 1 });
    expect(shownOf(other.training)).not.toEqual(shownOf(training));
  });

  it('hold out test images, which do not depend on what else is left out', async () => {
    const data = classes(10, 'a', 'b');
    const { training, test } = await open(data, {}, { testFraction: 0.3 });
    expect(test && labelsOf(test)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(new Set([...shownOf(training), ...(test ? shownOf(test) : [])]).size).toBe(20);
    const small = await open(data, {}, { testFraction: 0.3, fraction: 0.3, limit: 3 });
    expect(labelsOf(small.training)).toEqual([0, 0, 1]);
    expect(small.test && shownOf(small.test)).toEqual(test && shownOf(test));
  });

  it('take the files of a list, relative to the recipe', async () => {
    const data = classes(3, 'a', 'b');
    const list = join(temporaryFolder(), 'list.txt');
    writeFileSync(list, 'a/image.png\nb/image2.png\n');
    const { training } = await open(data, {}, { fileList: list });
    expect(shownOf(training)).toEqual([join(data, 'a/image.png'), join(data, 'b/image2.png')]);
    await expect(open(data, {}, { fileList: 'nowhere.txt' })).rejects.toMatchObject({ code: 'E_DATA_LIST_MISSING' });
  });

  it.each([
    ['fraction', 1.5],
    ['testFraction', 1],
    ['fileList', ''],
    ['subsetSeed', -1],
  ])('name the key data.%s when it is %s', async (key, value) => {
    await expect(open(classes(1, 'a'), {}, { [key]: value })).rejects.toMatchObject({
      code: 'E_OPTION_INVALID',
      message: expect.stringContaining(`data.${key}`) as unknown,
    });
  });
});

describe('sources with a test split of their own', () => {
  function stl10(): string {
    const root = temporaryFolder();
    const write = (name: string, bytes: Uint8Array): void => {
      writeFileSync(join(root, name), bytes);
    };
    for (const [name, count] of Object.entries({ train: 4, test: 2, unlabeled: 6 }))
      write(`${name}_X.bin`, new Uint8Array(count * 27_648));
    write('train_y.bin', Uint8Array.of(1, 2, 3, 4));
    write('test_y.bin', Uint8Array.of(5, 6));
    return root;
  }

  it('train on images without labels and take the bank from those that have them', async () => {
    const data = stl10();
    const unlabeled = await open(data, { split: 'unlabeled' }, { source: 'stl10' });
    expect([unlabeled.training.indices.length, labelsOf(unlabeled.bank)]).toEqual([6, [0, 1, 2, 3]]);
    expect(unlabeled.test && labelsOf(unlabeled.test)).toEqual([4, 5]);
    const both = await open(data, { split: 'train+unlabeled' }, { source: 'stl10' });
    expect([both.training.indices.length, labelsOf(both.bank)]).toEqual([10, [0, 1, 2, 3]]);
  });

  it('are never trained on', async () => {
    await expect(open(stl10(), { split: 'test' }, { source: 'stl10' })).rejects.toMatchObject({ code: 'E_USAGE' });
  });

  const idx = (...bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes);
  const cifar = (...labels: readonly number[]): Uint8Array => {
    const records = new Uint8Array(labels.length * 3073);
    labels.forEach((label, i) => (records[i * 3073] = label));
    return records;
  };
  const cases: Readonly<Record<string, Readonly<Record<string, Uint8Array | string>>>> = {
    idx: {
      'train-images-idx3-ubyte': idx(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 9, 8),
      'train-labels-idx1-ubyte': idx(0, 0, 8, 1, 0, 0, 0, 2, 0, 1),
      't10k-images-idx3-ubyte': idx(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7),
      't10k-labels-idx1-ubyte': idx(0, 0, 8, 1, 0, 0, 0, 1, 1),
    },
    cifar10: {
      'data_batch_1.bin': cifar(0),
      'data_batch_2.bin': cifar(1),
      ...Object.fromEntries([3, 4, 5].map((i) => [`data_batch_${String(i)}.bin`, cifar(2)])),
      'test_batch.bin': cifar(1),
    },
    manifest: { 'train.csv': 'path,label\n1.jpg,a\n2.jpg,b\n', 'test.csv': 'path,label\n3.jpg,b\n4.jpg,\n' },
  };
  it.each(Object.entries(cases))(
    '%s: labels mean the same, test images without one are left out',
    async (source, files) => {
      const root = temporaryFolder();
      for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content);
      const { training, test } = await open(root, {}, { source });
      expect(labelsOf(training).slice(0, 2)).toEqual([0, 1]);
      expect(test && labelsOf(test)).toEqual([1]);
      expect(test?.dataset.classes?.[1]).toBe(training.dataset.classes?.[1]);
    },
  );

  it('have none where a file of them is missing', async () => {
    const root = temporaryFolder();
    writeFileSync(
      join(root, 'train-images-idx3-ubyte'),
      Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9),
    );
    expect((await open(root, {}, { source: 'idx' })).test).toBeUndefined();
  });
});
