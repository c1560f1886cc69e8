import type { Dataset, JsonObject } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { namesOf, openDataset } from '../testdata/datasets.ts';
import { filesIn, imageNames, tarWith } from '../testdata/trees.ts';
import { folderDataset } from './folder/folder.ts';
import { tarDataset } from './tar/tar.ts';

type Counts = Readonly<Record<string, number>>;

/** The rule is one: what holds of a folder holds of the tar made from it. */
const sources = {
  folder: async (counts: Counts, options: JsonObject = {}): Promise<Dataset> =>
    openDataset(folderDataset, await filesIn(imageNames(counts)), options),
  tar: async (counts: Counts, options: JsonObject = {}): Promise<Dataset> =>
    openDataset(tarDataset, await tarWith(imageNames(counts)), options),
};

/** Folders of the images, each once. */
const foldersOf = (dataset: Dataset): string[] => [
  ...new Set(namesOf(dataset).map((name = '') => name.slice(0, Math.max(0, name.lastIndexOf('/'))))),
];

/** What the one warning about images says; empty: there is none. */
const told = ({ warnings = [] }: Dataset): string => {
  const own = warnings.filter(({ code }) => code === 'W_DATA_IMAGES');
  expect(own.length).toBeLessThan(2);
  return own[0]?.message ?? '';
};

describe.each(Object.entries(sources))('splits of a %s', (source, open) => {
  const at = (split: string, name: string): string => (source === 'tar' ? `${split}/${name}` : name);

  it('train/ is trained on, test/ is scored, without a word', async () => {
    const counts = { 'train/a': 2, 'train/b': 2, 'test/a': 1 };
    const training = await open(counts);
    expect([foldersOf(training), told(training)]).toEqual([[at('train', 'a'), at('train', 'b')], '']);
    const test = await open(counts, { split: 'test', classes: ['a', 'b'] });
    expect([foldersOf(test), told(test)]).toEqual([[at('test', 'a')], '']);
    const without = await open({ a: 2, b: 2, 'test/a': 1, 'test/b': 1 });
    expect([foldersOf(without), told(without)]).toEqual([['a', 'b'], '']);
  });

  it.each([
    ['Train', 'Test'],
    ['TRAIN', 'VAL'],
    ['training', 'validation'],
    ['train2017', 'val2017'],
    ['cifar_train', 'cifar_test'],
    ['train_images', 'test_images'],
  ])('%s and %s are train and test, and one warning says so', async (train, test) => {
    const counts = { [`${train}/a`]: 3, [`${test}/a`]: 2 };
    const training = await open(counts);
    expect(foldersOf(training)).toEqual([at(train, 'a')]);
    expect(told(training)).toMatch(/^3 of the 5 images in /);
    for (const part of [`'${train}' is read as the training images`, `'${test}' (2) as the test images`])
      expect(told(training)).toContain(part);
    expect(told(await open(counts, { trainFolder: train }))).toBe('');
    expect(foldersOf(await open(counts, { split: 'test', classes: ['a'] }))).toEqual([at(test, 'a')]);
  });

  it('val/ beside train/ is scored in place where there is no test/, and said to be', async () => {
    const counts = { 'train/a': 4, 'val/a': 2 };
    expect(told(await open(counts))).toBe('');
    const test = await open(counts, { split: 'test' });
    expect(foldersOf(test)).toEqual([at('val', 'a')]);
    expect(told(test)).toContain('2 of the 6 images in');
    expect(told(test)).toContain("'val' (2) is read as the test images");
    expect(told(await open(counts, { split: 'test', testFolder: 'val' }))).toBe('');
    const both = { ...counts, 'test/a': 3 };
    const scored = await open(both, { split: 'test' });
    expect(foldersOf(scored)).toEqual([at('test', 'a')]);
    expect(told(scored)).toContain("not used: 'val' (2)");
    const chosen = await open(both, { split: 'test', testFolder: 'val' });
    expect([foldersOf(chosen), told(chosen)]).toEqual([[at('val', 'a')], '']);
  });

  it('a class called train is not taken for the split: that would lose the labels', async () => {
    const counts = { bus: 16, car: 16, train: 16 };
    await expect(open(counts)).rejects.toMatchObject({
      code: 'E_DATA_SPLITS',
      message: expect.stringContaining("'train' (16 images)") as unknown,
      next: expect.stringMatching(/splits=none.*trainFolder=train/) as unknown,
    });
    const all = await open(counts, { splits: 'none' });
    expect([all.size, all.classes, told(all)]).toEqual([48, ['bus', 'car', 'train'], '']);
    const one = await open(counts, { trainFolder: 'train' });
    expect([one.size, one.classes, told(one)]).toEqual([16, undefined, '']);
    await expect(open({ bus: 2, car: 2, train: 2, test: 2 })).rejects.toMatchObject({ code: 'E_DATA_SPLITS' });
  });

  it.each(['test', 'Test', 'val', 'validation'])('a class called %s is left out with a warning', async (name) => {
    const counts = { bus: 16, car: 16, [name]: 8 };
    const training = await open(counts);
    expect(foldersOf(training)).toEqual(['bus', 'car']);
    expect(told(training)).toContain('32 of the 40 images in');
    expect(told(training)).toContain(`'${name}' (8) is read as test images and never trained on`);
    expect(told(training)).toContain('data.options.splits=none');
    expect((await open(counts, { splits: 'none' })).classes).toEqual(expect.arrayContaining(['bus', 'car', name]));
    expect(told(await open(counts, { testFolder: name }))).toBe('');
  });

  it('what lies beside train/ is counted', async () => {
    const training = await open({ '.': 2, 'train/a': 4, 'test/a': 1, val: 3, raw: 5, 'unlabeled/x': 6 });
    expect(foldersOf(training)).toEqual([at('train', 'a')]);
    expect(told(training)).toContain('4 of the 21 images in');
    expect(told(training)).toContain("not used: 'val' (3), 'raw' (5), 'unlabeled' (6) and 2 images in no class folder");
  });

  it.each([
    ['trn', 'tst'],
    ['entrenamiento', 'prueba'],
    ['\u8bad\u7ec3', '\u6d4b\u8bd5'],
    ['fold0', 'fold1'],
  ])('%s and %s, which hold the same class folders, are told: they may be splits', async (one, other) => {
    const counts = { [`${one}/a`]: 2, [`${one}/b`]: 2, [`${one}/c`]: 1, [`${other}/a`]: 1, [`${other}/b`]: 1 };
    const options = `data.options.trainFolder=${one} and data.options.testFolder=${other}`;
    expect(told(await open(counts))).toContain(options);
    expect(told(await open(counts, { splits: 'none' }))).not.toContain('splits');
    expect(told(await open(counts, { trainFolder: one, testFolder: other }))).toBe('');
  });

  it('a folder that holds folders named like the classes beside it is told', async () => {
    const counts = { a: 2, b: 2, c: 2, 'unseen/a': 1, 'unseen/b': 1 };
    expect(told(await open(counts))).toMatch(/'unseen' \(2\).*data\.options\.testFolder=unseen/);
    expect(told(await open(counts, { testFolder: 'unseen' }))).toBe('');
  });

  it('classes with folders of their own are no splits', async () => {
    expect(told(await open({ 'a/images': 2, 'b/images': 2 }))).toBe('');
    expect(told(await open({ 'a/x': 2, 'a/y': 2, 'b/z': 2, 'b/y': 2 }))).toBe('');
  });

  it('loose images beside class folders are counted in the same warning, unless they are left out on purpose', async () => {
    const counts = { '.': 1, 'train/.': 2, 'train/a': 3, 'test/.': 1, 'test/a': 2, raw: 4 };
    const training = await open(counts);
    expect([foldersOf(training), training.warnings?.length]).toEqual([[at('train', 'a')], 1]);
    expect(told(training)).toContain('3 of the 13 images in');
    expect(told(training)).toContain("not used: 'raw' (4) and 1 image in no class folder");
    expect(told(training)).toMatch(/2 images in no class folder are left out, the first '0\.png', beside 'a' \(3\)/);
    const test = await open(counts, { split: 'test' });
    expect([test.size, test.warnings?.length]).toEqual([2, 1]);
    expect(told(test)).toMatch(/^2 of the 13 .*1 image in no class folder is left out/);
    const root = { '.': 4, a: 3 };
    expect(told(await open(root, { layout: 'folders' }))).toBe('');
    const flat = await open(root, { layout: 'flat' });
    expect([flat.size, flat.classes, flat.warnings]).toEqual([7, undefined, []]);
  });

  it.each<[string, Counts, string]>([
    ['ds/{train,test}', { 'ds/train/a': 4, 'ds/test/a': 2 }, 'ds'],
    ['ds/{Train,VAL}', { 'ds/Train/a': 4, 'ds/VAL/a': 2 }, 'ds'],
    ['several of them', { 'x/train/a': 4, 'x/val/a': 2, 'y/train/a': 2 }, 'x'],
    ['a/b/{train,validation}', { 'a/b/train': 4, 'a/b/validation': 2 }, 'a/b'],
    ['ds/{cat,dog,test}', { 'ds/cat': 4, 'ds/dog': 2, 'ds/test/cat': 3 }, 'ds'],
    ['cat/{train,test}', { 'cat/train': 4, 'cat/test': 2, 'dog/train': 2, 'dog/test': 1 }, 'cat'],
    ['train/ds/{train,test}', { 'train/ds/train': 4, 'train/ds/test': 2 }, 'train/ds'],
  ])('a folder around %s is refused by the name of the right one', async (_, counts, inner) => {
    await expect(open(counts)).rejects.toMatchObject({
      code: 'E_DATA_SPLITS',
      message: expect.stringContaining(inner) as unknown,
      next: expect.stringMatching(new RegExp(`(--data .*|inside=)${inner}[.].*data.options.splits=none`)) as unknown,
    });
    const all = await open(counts, { splits: 'none' });
    expect(all.size).toBe(imageNames(counts).length);
  });

  it('below train/, folders are classes whatever they are called', async () => {
    const training = await open({ 'train/bus': 2, 'train/test': 2, 'train/val': 2, 'train/lab/test': 1 });
    expect([training.classes, told(training)]).toEqual([['bus', 'lab', 'test', 'val'], '']);
  });

  it('several folders that read like train are refused, unless one is called so or named', async () => {
    const counts = { 'Train/a': 1, 'training/a': 2, 'test/a': 1 };
    await expect(open(counts)).rejects.toMatchObject({
      code: 'E_DATA_SPLITS',
      message: expect.stringContaining("'Train', 'training'") as unknown,
    });
    expect((await open(counts, { trainFolder: 'training' })).size).toBe(2);
    expect(told(await open({ ...counts, 'train/a': 3 }))).toContain("not used: 'Train' (1), 'training' (2)");
  });

  it('refuses wishes that cannot be met', async () => {
    const counts = { 'train/a': 2, 'test/a': 1 };
    await expect(open(counts, { trainFolder: 'test' })).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(open(counts, { trainFolder: 'x', testFolder: 'x' })).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(open(counts, { trainFolder: 'nowhere' })).rejects.toMatchObject({
      code: 'E_DATA_MISSING',
      message: expect.stringContaining('nowhere') as unknown,
    });
    await expect(open(counts, { splits: 'none', split: 'test' })).rejects.toMatchObject({ code: 'E_DATA_NO_SPLIT' });
    await expect(open({ 'train/a': 2 }, { split: 'test' })).rejects.toMatchObject({ code: 'E_DATA_NO_SPLIT' });
    expect(() => folderDataset.build({ trainFolder: 'a/b' }, { root: '.', key: [0, 0] })).toThrow(
      expect.objectContaining({ code: 'E_OPTION_INVALID' }),
    );
  });

  it('layout flat takes all images, without labels', async () => {
    const all = await open({ '.': 4, sub: 1 }, { layout: 'flat' });
    expect([all.size, all.classes, told(all)]).toEqual([5, undefined, '']);
    expect(namesOf(all)).toEqual(['0.png', '1.png', '2.png', '3.png', 'sub/0.png']);
    expect((await open({ bus: 1, train: 2 }, { layout: 'flat' })).size).toBe(2);
  });
});
