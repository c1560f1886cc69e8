import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { rootKey, type Dataset, type JsonObject } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testdata/images.ts';
import { folderDataset } from './folder.ts';

/** Makes empty files; the data set does not look inside. */
async function tree(...paths: readonly string[]): Promise<string> {
  const root = await temporaryFolder();
  for (const path of paths) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), '');
  }
  return root;
}

async function open(root: string, options: JsonObject = {}): Promise<Dataset> {
  return folderDataset.build(options, { root, key: rootKey(0) });
}

function listed(dataset: Dataset, root: string): readonly (readonly [string, number | undefined])[] {
  return Array.from(
    { length: dataset.size },
    (_, i) => [relative(root, dataset.describe(i)), dataset.label(i)] as const,
  );
}

describe('folder', () => {
  it('reads class folders in sorted order, at any depth, names in any script', async () => {
    const root = await tree(
      'b/2.jpg',
      'b/10.PNG',
      'b/deep/er/x.webp',
      'a/z.jpeg',
      'Ωμέγα/图.avif',
      'empty/readme.txt',
      'loose.jpg',
      '.hidden/a.jpg',
      'a/.b.jpg',
    );
    const dataset = await open(root);
    expect(dataset.classes).toEqual(['a', 'b', 'Ωμέγα']);
    expect(listed(dataset, root)).toEqual([
      ['a/z.jpeg', 0],
      ['b/10.PNG', 1],
      ['b/2.jpg', 1],
      ['b/deep/er/x.webp', 1],
      ['Ωμέγα/图.avif', 2],
    ]);
  });

  it('reads a flat folder without labels', async () => {
    const root = await tree('2.jpg', '1.jpg', 'notes.txt', 'sub/other.txt');
    const dataset = await open(root);
    expect(dataset.classes).toBeUndefined();
    expect(listed(dataset, root)).toEqual([
      ['1.jpg', undefined],
      ['2.jpg', undefined],
    ]);
  });

  it('leaves out what is excluded', async () => {
    const root = await tree('a/1.jpg', 'test/a/1.jpg');
    expect((await open(root, { exclude: ['test'] })).classes).toEqual(['a']);
    const flat = await tree('1.jpg', 'test/a/1.jpg');
    expect(listed(await open(flat, { exclude: ['test'] }), flat)).toEqual([['1.jpg', undefined]]);
  });

  it('takes the labels of the training set for a test set', async () => {
    const root = await tree('b/1.jpg');
    const dataset = await open(root, { classes: ['a', 'b'] });
    expect(dataset.label(0)).toBe(1);
    await expect(open(root, { classes: ['a', 'c'] })).rejects.toMatchObject({
      code: 'E_DATA_CLASSES',
      message: expect.stringContaining('b') as unknown,
    });
  });

  it('follows links, also those that loop or lead nowhere', async () => {
    const root = await tree('a/1.jpg', 'elsewhere.txt');
    await symlink(root, join(root, 'a', 'loop'));
    await symlink(join(root, 'a', '1.jpg'), join(root, 'a', '2.jpg'));
    await symlink(join(root, 'nowhere'), join(root, 'a', '3.jpg'));
    const dataset = await open(root);
    expect(listed(dataset, root)).toEqual([
      ['a/1.jpg', 0],
      ['a/2.jpg', 0],
    ]);
  });

  it('says what is wrong', async () => {
    const root = await tree('notes.txt');
    await expect(open(root)).rejects.toMatchObject({
      code: 'E_DATA_EMPTY',
      message: expect.stringContaining(root) as unknown,
    });
    await expect(open(root, { path: 'nowhere' })).rejects.toMatchObject({ code: 'E_DATA_MISSING' });
    expect(() => folderDataset.build({ pfad: '.' }, { root, key: rootKey(0) })).toThrow(
      expect.objectContaining({ code: 'E_OPTION_UNKNOWN' }),
    );
  });
});
