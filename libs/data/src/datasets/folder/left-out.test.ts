import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, JsonObject } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { labelsOf, namesOf, openDataset } from '../../testdata/datasets.ts';
import { whileLocked } from '../../testdata/locked.ts';
import { filesIn, imageNames } from '../../testdata/trees.ts';
import { folderDataset } from './folder.ts';

const open = (root: string, options: JsonObject = {}): Promise<Dataset> => openDataset(folderDataset, root, options);
const told = ({ warnings = [] }: Dataset): string[] => warnings.map(({ code, message }) => `${code} ${message}`);

describe('what a folder leaves out', () => {
  it('counts loose images beside class folders, and says how to take them', async () => {
    const root = await filesIn(imageNames({ '.': 40, sub: 10 }));
    const dataset = await open(root);
    expect([dataset.size, dataset.classes]).toEqual([10, ['sub']]);
    const [only = '', ...more] = told(dataset);
    expect(more).toEqual([]);
    expect(only).toMatch(/^W_DATA_IMAGES 10 of the 50 images in '.*' are the training images: 40 images in no class/);
    expect(only).toContain("beside 'sub' (10)");
    expect(only).toMatch(/layout=flat.*layout=folders/);
    const kept = await open(root, { layout: 'folders' });
    expect([kept.size, told(kept)]).toEqual([10, []]);
    const flat = await open(root, { layout: 'flat' });
    expect([flat.size, flat.classes, told(flat), labelsOf(flat)[0]]).toEqual([50, undefined, [], undefined]);
    const loose = await open(root, { exclude: ['sub'] });
    expect([loose.size, told(loose)]).toEqual([40, []]);
  });

  it('tells all of it in one warning, in the training folder and in that of the test images', async () => {
    const root = await filesIn(imageNames({ 'train/.': 2, 'train/a': 3, 'test/.': 1, 'test/a': 2, raw: 4 }));
    const training = told(await open(root));
    expect(training).toHaveLength(1);
    expect(training[0]).toContain('3 of the 12 images');
    expect(training[0]).toContain("not used: 'raw' (4)");
    expect(training[0]).toContain('2 images in no class folder are left out');
    const test = told(await open(root, { split: 'test' }));
    expect(test).toEqual([expect.stringContaining('1 image in no class folder is left out')]);
    expect(test[0]).toContain('2 of the 12 images');
  });

  it('says where one folder holds the class folders', async () => {
    const root = await filesIn(imageNames({ 'ds/cat': 2, 'ds/dog/deep': 1 }));
    const dataset = await open(root);
    expect(dataset.classes).toEqual(['ds']);
    expect(told(dataset)).toEqual([expect.stringContaining(`--data ${join(root, 'ds')}`)]);
    expect(told(await open(join(root, 'ds')))).toEqual([]);
    const inTrain = await filesIn(imageNames({ 'train/ds/cat': 2, 'test/ds/cat': 1 }));
    expect(told(await open(inTrain))).toEqual([expect.stringContaining('data.options.path=ds')]);
    expect(told(await open(inTrain, { path: 'ds' }))).toEqual([]);
  });

  it('counts images of formats that are not read, and takes endings in any case', async () => {
    const root = await filesIn(['a/1.JPG', 'a/2.Png', 'a/3.JXL', 'b/4.jxl', 'b/5.svg', 'b/6.webp', 'b/notes.txt']);
    const dataset = await open(root);
    expect(namesOf(dataset)).toEqual(['a/1.JPG', 'a/2.Png', 'b/6.webp']);
    expect(told(dataset)).toEqual([expect.stringContaining('3 files are left out whose format is not read')]);
    expect(told(dataset)[0]).toContain('.jxl (2), .svg (1)');
    await expect(open(await filesIn(['a/1.jxl']))).rejects.toMatchObject({
      code: 'E_DATA_EMPTY',
      next: expect.stringContaining('.jxl are not read') as unknown,
    });
  });

  it('does not look into hidden folders and __MACOSX', async () => {
    const root = await filesIn(['a/1.jpg', 'b/1.jpg', '__MACOSX/a/1.jpg', '.thumbs/1.jpg', 'a/.hidden/2.jpg', 'train']);
    const dataset = await open(root);
    expect([namesOf(dataset), dataset.classes, told(dataset)]).toEqual([['a/1.jpg', 'b/1.jpg'], ['a', 'b'], []]);
  });

  it('does not train on others because train/ is empty', async () => {
    const root = await filesIn(['bus/1.jpg', 'car/1.jpg', 'train/notes.txt', 'test/bus/1.jpg']);
    await expect(open(root)).rejects.toMatchObject({
      code: 'E_DATA_EMPTY',
      message: expect.stringMatching(/train.*'bus' \(1\), 'car' \(1\)/) as unknown,
      next: expect.stringContaining('splits=none') as unknown,
    });
    expect((await open(root, { splits: 'none' })).classes).toEqual(['bus', 'car', 'test']);
    await expect(open(await filesIn(['train/notes.txt']))).rejects.toMatchObject({ code: 'E_DATA_EMPTY' });
    await expect(open(await filesIn(['test/1.jpg', 'val/1.jpg']))).rejects.toMatchObject({
      code: 'E_DATA_EMPTY',
      message: expect.stringContaining("'test', 'val'") as unknown,
    });
    const tests = await filesIn(['train/1.jpg', 'test/notes.txt']);
    await expect(open(tests, { split: 'test' })).rejects.toMatchObject({ code: 'E_DATA_EMPTY' });
  });

  it('names what lies where test images are looked for', async () => {
    const root = await filesIn(imageNames({ 'train/a': 2, 'queries/a': 3 }));
    await expect(open(root, { split: 'test' })).rejects.toMatchObject({
      code: 'E_DATA_NO_SPLIT',
      message: expect.stringMatching(/nor val.*beside 'train'.*'queries' \(3\)/) as unknown,
      next: expect.stringContaining('data.options.testFolder') as unknown,
    });
    expect((await open(root, { split: 'test', testFolder: 'queries' })).size).toBe(3);
  });

  it('follows links to splits, and refuses those that lead from training images to test images', async () => {
    const elsewhere = await filesIn(imageNames({ 'images/a': 2, 'images/b': 1, 'held/a': 1 }));
    const root = await filesIn([]);
    await symlink(join(elsewhere, 'images'), join(root, 'train'));
    await symlink(join(elsewhere, 'held'), join(root, 'test'));
    expect([(await open(root)).classes, (await open(root, { split: 'test' })).size]).toEqual([['a', 'b'], 1]);
    await symlink(join(elsewhere, 'held', 'a'), join(elsewhere, 'images', 'more'));
    await expect(open(root)).rejects.toMatchObject({
      code: 'E_DATA_SPLITS',
      message: expect.stringMatching(/link in '.*train' leads to the test images/) as unknown,
    });
    const around = await filesIn(imageNames({ a: 1, 'test/a': 1 }));
    await symlink(join(around, 'test'), join(around, 'all'));
    await expect(open(around)).rejects.toMatchObject({ code: 'E_DATA_SPLITS' });
    await mkdir(join(around, 'train'));
    await writeFile(join(around, 'train', '1.jpg'), '');
    expect((await open(around)).size).toBe(1);
  });

  it('gives an image to each class that links to it, below train/ too', async () => {
    const root = await filesIn(imageNames({ 'train/a': 2 }));
    await symlink(join(root, 'train', 'a'), join(root, 'train', 'b'));
    expect(namesOf(await open(root))).toEqual(['a/0.png', 'a/1.png', 'b/0.png', 'b/1.png']);
  });

  it('reads train/ although what lies beside cannot be listed, and leaves classes out below it', async ({ skip }) => {
    const root = await filesIn(imageNames({ 'train/a': 2, 'train/b': 1, locked: 1 }));
    for (const folder of ['', 'train', 'train/a', 'train/b']) await chmod(join(root, folder), 0o755);
    expect(namesOf(await open(root, { exclude: ['b', 'locked'] }))).toEqual(['a/0.png', 'a/1.png']);
    await whileLocked(skip, join(root, 'locked'), async () => {
      expect((await open(root)).size).toBe(3);
    });
    await whileLocked(skip, join(root, 'train'), async () => {
      await expect(open(root)).rejects.toMatchObject({ code: 'E_DATA_UNREADABLE' });
    });
  });

  it('a path chooses below a split, never test images', async () => {
    const root = await filesIn(imageNames({ 'Training/s/a': 2, 'Training/l/a': 3, 'val/s/a': 1 }));
    const small = await open(root, { path: 's' });
    expect([namesOf(small), told(small)]).toEqual([['a/0.png', 'a/1.png'], []]);
    expect((await open(root, { path: 's', split: 'test' })).size).toBe(1);
    for (const path of ['..', '../val', '../val/s'])
      await expect(open(root, { path })).rejects.toMatchObject({ code: 'E_USAGE' });
    await symlink(join(root, 'val'), join(root, 'Training', 'link'));
    await expect(open(root, { path: 'link' })).rejects.toMatchObject({ code: 'E_USAGE' });
    const other = await filesIn(imageNames({ 'ds/train/a': 2, 'ds/test/a': 3 }));
    await expect(open(other, { path: 'ds' })).rejects.toMatchObject({
      code: 'E_DATA_SPLITS',
      next: expect.stringContaining(`--data ${join(other, 'ds')}`) as unknown,
    });
  });
});
