import { chmod, mkdir, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { rootKey, type Dataset, type JsonObject } from '@tessera/core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../../testdata/images.ts';
import { whileLocked } from '../../testdata/locked.ts';
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

  it('takes a class name in two Unicode forms for one, also where it is left out', async () => {
    const train = await tree('cafe\u0301/1.jpg', 'caf\u00e9/2.jpg', 'zoo/1.jpg');
    const dataset = await open(train);
    expect([dataset.classes, listed(dataset, train).map(([, label]) => label)]).toEqual([
      ['caf\u00e9', 'zoo'],
      [0, 0, 1],
    ]);
    const test = await tree('cafe\u0301/9.jpg', 'zoo/9.jpg');
    expect(listed(await open(test, { classes: ['zoo', 'caf\u00e9'] }), test).map(([, label]) => label)).toEqual([1, 0]);
    expect((await open(train, { exclude: ['caf\u00e9'] })).classes).toEqual(['zoo']);
  });

  it('says what a class that is not there looks like, and which classes look like one', async () => {
    const error = { code: 'E_DATA_CLASSES' };
    await expect(open(await tree('cat /1.jpg'), { classes: ['cat', 'dog'] })).rejects.toMatchObject({
      ...error,
      message: expect.stringMatching(
        /cat ' is .* \('cat', 'dog'\); it differs from 'cat' in capitals, spaces/,
      ) as unknown,
    });
    await expect(open(await tree('Dog/1.jpg'), { classes: ['cat', 'dog'] })).rejects.toMatchObject({
      ...error,
      message: expect.stringMatching(/differs from 'dog'/) as unknown,
    });
    const alike = await open(await tree('cat/1.jpg', 'cat /1.jpg', 'CAT/1.jpg', 'dog/1.jpg'));
    expect([alike.classes?.length, alike.warnings]).toEqual([
      4,
      [{ code: 'W_CLASSES_ALIKE', message: expect.stringMatching(/^2 pairs .*'CAT' and 'cat'/) as unknown }],
    ]);
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

  it('takes names with spaces, line ends and terminal escapes, and shows them harmless', async () => {
    const names = [
      'a b/ 1 .jpg',
      'a b/line\nbreak.jpg',
      'a b/\u001b[31mred.jpg',
      'a b/"quoted" $HOME.jpg',
      'ab\u0301/é.jpg',
    ];
    const root = await tree(...names);
    const dataset = await open(root);
    const found = Array.from({ length: dataset.size }, (_, i) => dataset.name?.(i) ?? '');
    expect([...found].sort()).toEqual([...names].sort());
    for (let i = 0; i < dataset.size; i++) {
      const locator = JSON.parse(JSON.stringify(dataset.locate(i))) as string;
      expect(await folderDataset.read(locator)).toMatchObject({ kind: 'encoded' });
      expect(dataset.describe(i)).not.toMatch(/[\n\u001b]/);
    }
  });

  it('names a folder that cannot be read, unless it is left out', async ({ skip }) => {
    const root = await tree('a/1.jpg', 'locked/2.jpg');
    for (const folder of [root, join(root, 'a')]) await chmod(folder, 0o755); // whatever the umask
    await whileLocked(skip, join(root, 'locked'), async () => {
      await expect(open(root)).rejects.toMatchObject({
        code: 'E_DATA_UNREADABLE',
        message: expect.stringContaining(join(root, 'locked')) as unknown,
      });
      expect((await open(root, { exclude: ['locked'] })).size).toBe(1);
    });
  });

  it('says which file vanished between index and read', async () => {
    const root = await tree('a/1.jpg', 'a/2.jpg');
    const dataset = await open(root);
    await rm(join(root, 'a/1.jpg'));
    await expect(folderDataset.read(dataset.locate(0))).rejects.toThrow(/ENOENT.*1\.jpg/);
    expect(await folderDataset.read(dataset.locate(1))).toMatchObject({ kind: 'encoded' });
  });

  it('keeps its listing, and makes it anew when a file is added, removed or renamed at any depth', async () => {
    const cache = await temporaryFolder();
    vi.stubEnv('TESSERA_CACHE', cache);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const root = await tree('a/1.jpg', 'b/deep/2.jpg');
    let time = 1000;
    const settle = async (folders = ['', 'a', 'b', 'b/deep']): Promise<void> => {
      time++;
      for (const folder of folders) await utimes(join(root, folder), time, time);
    };
    const names = async (): Promise<string[]> => listed(await open(root), root).map(([name]) => name);
    await settle();
    expect(await names()).toEqual(['a/1.jpg', 'b/deep/2.jpg']);
    expect(await readdir(join(cache, 'index'))).toHaveLength(1);
    // With the times put back, the change is not seen: the listing that was kept is used.
    await rename(join(root, 'a/1.jpg'), join(root, 'a/0.jpg'));
    await utimes(join(root, 'a'), time, time);
    expect(await names()).toEqual(['a/1.jpg', 'b/deep/2.jpg']);
    await settle(['a']);
    expect(await names()).toEqual(['a/0.jpg', 'b/deep/2.jpg']);
    await writeFile(join(root, 'b/deep/3.jpg'), '');
    expect(await names()).toEqual(['a/0.jpg', 'b/deep/2.jpg', 'b/deep/3.jpg']);
    await settle();
    await rm(join(root, 'b/deep'), { recursive: true });
    expect(await names()).toEqual(['a/0.jpg']);
    expect(await readdir(root)).toEqual(['a', 'b']);
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
