import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { labelsOf, namesOf, openDataset } from '../../testdata/datasets.ts';
import { tarOf, writeTar, type Entry } from '../../testdata/tars.ts';
import { whileLocked } from '../../testdata/locked.ts';
import { temporaryFolder } from '../../testdata/temporary-folder.ts';
import { folderDataset } from '../folder.ts';
import { tarDataset } from './tar.ts';
import type { Dataset, JsonObject } from '@tessera/core';

async function folderWith(tars: Readonly<Record<string, readonly Entry[]>>): Promise<string> {
  const root = await temporaryFolder();
  for (const [name, entries] of Object.entries(tars)) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeTar(join(root, name), entries);
  }
  return root;
}

/** Files of class folders, in an order that is not sorted. */
const files = [
  'b/2.jpg',
  'b/10.PNG',
  'b/deep/er/x.webp',
  'b/deep.jpg',
  'a/z.jpeg',
  'Ωμέγα/图 1.avif',
  'a/line\nbreak.jpg',
  'loose.jpg',
  'notes.txt',
  '.hidden/a.jpg',
  'a/._z.jpeg',
];

const entriesOf = (names: readonly string[], prefix = ''): Entry[] =>
  names.map((name) => ({ name: `${prefix}${name}`, content: name }));

async function contentOf(dataset: Dataset, index: number): Promise<string> {
  const picture = await tarDataset.read(JSON.parse(JSON.stringify(dataset.locate(index))) as JsonObject);
  return picture.kind === 'encoded' ? Buffer.from(picture.bytes).toString() : 'pixels';
}

const contentsOf = (dataset: Dataset): Promise<string[]> =>
  Promise.all(Array.from({ length: dataset.size }, (_, i) => contentOf(dataset, i)));

describe('a tar of class folders', () => {
  it('is the folder it was made from: same order, same labels, same names', async () => {
    const root = await folderWith({ 'all.tar': [{ name: './', type: '5' }, ...entriesOf(files, './')] });
    const unpacked = await temporaryFolder();
    for (const name of files) {
      await mkdir(join(unpacked, name, '..'), { recursive: true });
      await writeFile(join(unpacked, name), name);
    }
    const tar = await openDataset(tarDataset, root);
    const folder = await openDataset(folderDataset, unpacked);
    expect(tar.classes).toEqual(['a', 'b', 'Ωμέγα']);
    expect([tar.classes, labelsOf(tar), namesOf(tar)]).toEqual([folder.classes, labelsOf(folder), namesOf(folder)]);
    expect(await contentsOf(tar)).toEqual(namesOf(tar));
    expect(tar.describe(0)).toBe(`${join(root, 'all.tar')}: a/line\\nbreak.jpg`);
  });

  it('may be given itself, spread over shards, and begin in a folder', async () => {
    const root = await folderWith({
      'part-00.tar': entriesOf(['a/1.jpg', 'b/1.jpg'], 'images/'),
      'part-01.tar': entriesOf(['a/0.jpg'], 'images/'),
    });
    const all = await openDataset(tarDataset, root, { inside: 'images' });
    expect([all.classes, namesOf(all)]).toEqual([
      ['a', 'b'],
      ['images/a/0.jpg', 'images/a/1.jpg', 'images/b/1.jpg'],
    ]);
    expect(await contentsOf(all)).toEqual(['a/0.jpg', 'a/1.jpg', 'b/1.jpg']);
    const one = await openDataset(tarDataset, join(root, 'part-01.tar'), { inside: '/images/' });
    expect([one.size, one.classes]).toEqual([1, ['a']]);
  });

  it('has train/ and test/ as a folder has', async () => {
    const root = await folderWith({ 'a.tar': entriesOf(['train/a/1.jpg', 'train/b/1.jpg', 'test/b/9.jpg']) });
    const train = await openDataset(tarDataset, root);
    expect([train.classes, namesOf(train)]).toEqual([
      ['a', 'b'],
      ['train/a/1.jpg', 'train/b/1.jpg'],
    ]);
    const test = await openDataset(tarDataset, root, { split: 'test', classes: ['a', 'b'] });
    expect([labelsOf(test), namesOf(test)]).toEqual([[1], ['test/b/9.jpg']]);
    await expect(openDataset(tarDataset, root, { split: 'test', classes: ['a', 'c'] })).rejects.toMatchObject({
      code: 'E_DATA_CLASSES',
    });
  });

  it('hints at the folder to start at where everything lies in one', async () => {
    const root = await folderWith({
      'a.tar': entriesOf(['set/train/a/1.jpg', 'set/train/b/1.jpg', 'set/test/a/2.jpg']),
    });
    const { classes, warnings } = await openDataset(tarDataset, root);
    expect(classes).toEqual(['set']);
    expect(warnings).toEqual([
      { code: 'W_TAR_ONE_CLASS', message: expect.stringContaining("data.options.inside to 'set'") as unknown },
    ]);
    const inside = await openDataset(tarDataset, root, { inside: 'set' });
    expect([inside.classes, inside.warnings]).toEqual([['a', 'b'], []]);
  });

  it('never trains on test/, also without train/', async () => {
    const root = await folderWith({ 'a.tar': entriesOf(['a/1.jpg', 'test/a/2.jpg']) });
    expect(namesOf(await openDataset(tarDataset, root))).toEqual(['a/1.jpg']);
  });

  it('needs no labels', async () => {
    const root = await folderWith({ 'a.tar': entriesOf(['2.jpg', '1.jpg', 'x.txt']) });
    const dataset = await openDataset(tarDataset, root);
    expect([dataset.classes, namesOf(dataset), labelsOf(dataset)]).toEqual([
      undefined,
      ['1.jpg', '2.jpg'],
      [undefined, undefined],
    ]);
  });
});

describe('WebDataset shards', () => {
  const shards = {
    'shard-000.tar': [
      { name: '0001.jpg', content: 'one' },
      { name: '0001.cls', content: '3\n' },
      { name: '0000.cls', content: '0' },
      { name: '0000.json', content: '{"label": 7}' },
      { name: '0000.seg.png', content: 'mask' },
      { name: '0000.png', content: 'zero' },
    ],
    'shard-001.tar': [
      { name: 'dir/0002.jpg', content: 'two' },
      { name: 'dir/0002.json', content: '{"label": 1, "caption": "x"}' },
      { name: 'dir/0003.jpg', content: 'three' },
      { name: 'dir/0003.txt', content: 'a caption' },
    ],
  };

  it('have one image a sample, in the order of the shards, labels from .cls or .json or none', async () => {
    const root = await folderWith(shards);
    const dataset = await openDataset(tarDataset, root, { path: 'shard-{000..001}.tar' });
    expect(namesOf(dataset)).toEqual(['0001.jpg', '0000.png', 'dir/0002.jpg', 'dir/0003.jpg']);
    expect(await contentsOf(dataset)).toEqual(['one', 'zero', 'two', 'three']);
    expect([dataset.classes, labelsOf(dataset)]).toEqual([
      ['0', '1', '2', '3'],
      [3, 0, 1, undefined],
    ]);
  });

  it('keep neighbours of one name apart, each with its own label', async () => {
    const root = await folderWith({
      'a.tar': [
        { name: '0.jpg', content: 'one' },
        { name: '0.cls', content: '1' },
        { name: '0.jpg', content: 'two' },
        { name: '0.cls', content: '0' },
      ],
    });
    const dataset = await openDataset(tarDataset, root);
    expect([await contentsOf(dataset), labelsOf(dataset)]).toEqual([
      ['one', 'two'],
      [1, 0],
    ]);
  });

  it('take another image of the sample, another key of the json, names for the classes', async () => {
    const root = await folderWith(shards);
    const masks = await openDataset(tarDataset, root, { image: 'seg.png' });
    expect([await contentsOf(masks), labelsOf(masks)]).toEqual([['mask'], [0]]);
    const captions = await openDataset(tarDataset, root, { path: 'shard-001.tar', labelKey: 'caption' });
    expect([captions.classes, labelsOf(captions)]).toEqual([['x'], [0, undefined]]);
    const classes = ['cat', 'dog', 'owl', 'fox'];
    const named = await openDataset(tarDataset, root, { classes });
    expect([named.classes, named.label(0)]).toEqual([classes, 3]);
    await expect(openDataset(tarDataset, root, { classes: ['cat'] })).rejects.toMatchObject({ code: 'E_DATA_CLASSES' });
  });

  it('have a test split in a folder, or in shards that are named', async () => {
    const inFolders = await folderWith({
      'train/0.tar': entriesOf(['1.jpg', '2.jpg']),
      'test/0.tar': entriesOf(['3.jpg']),
    });
    expect(namesOf(await openDataset(tarDataset, inFolders))).toEqual(['1.jpg', '2.jpg']);
    expect(namesOf(await openDataset(tarDataset, inFolders, { split: 'test' }))).toEqual(['3.jpg']);
    for (const path of ['test', './test/*.tar', '{train,test}/0.tar'])
      await expect(openDataset(tarDataset, inFolders, { path })).rejects.toMatchObject({ code: 'E_USAGE' });
    const byName = await folderWith({
      'x-train-0.tar': entriesOf(['1.jpg']),
      'x-train-1.tar': entriesOf(['2.jpg']),
      'x-val-0.tar': entriesOf(['3.jpg']),
    });
    const options = { path: 'x-train-*.tar', test: 'x-val-?.tar' };
    expect(namesOf(await openDataset(tarDataset, byName, options))).toEqual(['1.jpg', '2.jpg']);
    expect(namesOf(await openDataset(tarDataset, byName, { ...options, split: 'test' }))).toEqual(['3.jpg']);
    await expect(openDataset(tarDataset, byName, { ...options, path: 'x-*.tar' })).rejects.toMatchObject({
      code: 'E_USAGE',
    });
    await expect(openDataset(tarDataset, byName, { path: 'x-train-*.tar', split: 'test' })).rejects.toMatchObject({
      code: 'E_DATA_NO_SPLIT',
    });
  });
});

describe('a tar that is not as it should be', () => {
  it('has no entry that leads out of it; links within it are the images they lead to', async () => {
    const root = await folderWith({
      'a.tar': [
        { name: 'a/1.jpg', content: 'one' },
        { name: '../../etc/evil.jpg', content: 'evil' },
        { name: '/a/absolute.jpg', content: 'absolute' },
        { name: 'a/hard.jpg', type: '1', link: 'a/1.jpg' },
        { name: 'b/soft.jpg', type: '2', link: '../a/1.jpg' },
        { name: 'b/out.jpg', type: '2', link: '../../etc/passwd' },
        { name: 'b/root.jpg', type: '2', link: '/etc/passwd' },
        { name: 'b/nowhere.jpg', type: '1', link: 'a/2.jpg' },
        { name: 'b/device.jpg', type: '3' },
      ],
    });
    const dataset = await openDataset(tarDataset, root);
    expect(namesOf(dataset)).toEqual(['a/1.jpg', 'a/absolute.jpg', 'a/hard.jpg', 'b/soft.jpg']);
    expect(await contentsOf(dataset)).toEqual(['one', 'absolute', 'one', 'one']);
    expect(dataset.warnings).toEqual([
      {
        code: 'W_TAR_LEFT_OUT',
        message: expect.stringMatching(/^4 entries .*'\.\.\/\.\.\/etc\/evil\.jpg'$/) as unknown,
      },
    ]);
  });

  it('gives its whole images and a warning where it is cut short', async () => {
    const root = await folderWith({ 'a.tar': entriesOf(['1.jpg', '2.jpg', '3.jpg']) });
    await truncate(join(root, 'a.tar'), 5 * 512 + 2);
    const dataset = await openDataset(tarDataset, root);
    expect(namesOf(dataset)).toEqual(['1.jpg', '2.jpg']);
    expect(dataset.warnings?.[0]).toMatchObject({
      code: 'W_TAR_DAMAGED',
      message: expect.stringContaining('cut short') as unknown,
    });
  });

  it('is refused where it is no tar, compressed, empty or not there', async () => {
    const root = await temporaryFolder();
    const file = join(root, 'a.tar');
    const opened = (options: JsonObject = {}): Promise<Dataset> => openDataset(tarDataset, root, options);
    await expect(opened()).rejects.toMatchObject({ code: 'E_DATA_MISSING' });
    await writeFile(file, gzipSync(tarOf(entriesOf(['1.jpg']))));
    await expect(opened()).rejects.toMatchObject({
      code: 'E_DATA_NOT_TAR',
      message: expect.stringContaining('compressed') as unknown,
    });
    await writeFile(file, 'this is no tar'.repeat(100));
    await expect(opened()).rejects.toMatchObject({ code: 'E_DATA_NOT_TAR' });
    await writeFile(file, '');
    await expect(opened()).rejects.toMatchObject({ code: 'E_DATA_NOT_TAR' });
    await writeFile(file, tarOf(entriesOf(['readme.txt'])));
    await expect(opened()).rejects.toMatchObject({ code: 'E_DATA_EMPTY' });
    await expect(opened({ path: 'a-{0..3}.tar' })).rejects.toMatchObject({
      code: 'E_DATA_MISSING',
      message: expect.stringContaining('a-0.tar') as unknown,
    });
    await expect(opened({ path: 'a-{9..3}.tar' })).rejects.toMatchObject({ code: 'E_OPTION_INVALID' });
  });

  it('is named where it cannot be read', async ({ skip }) => {
    const root = await folderWith({ 'a.tar': entriesOf(['1.jpg']) });
    await chmod(root, 0o755);
    await whileLocked(skip, join(root, 'a.tar'), async () => {
      await expect(openDataset(tarDataset, root)).rejects.toMatchObject({
        code: 'E_DATA_UNREADABLE',
        message: expect.stringContaining('a.tar') as unknown,
      });
    });
  });

  it('is refused where it is a folder or a pipe', async () => {
    const root = await folderWith({ 'a.tar': entriesOf(['1.jpg']) });
    await mkdir(join(root, 'b.tar'));
    await expect(openDataset(tarDataset, root)).rejects.toMatchObject({ code: 'E_DATA_MISSING' });
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await expect(openDataset(tarDataset, root, { path: 'pipe' })).rejects.toMatchObject({ code: 'E_DATA_MISSING' });
  });

  it('is noticed when it vanishes or changes between index and read', async () => {
    const root = await folderWith({ 'a.tar': entriesOf(['1.jpg', '2.jpg']) });
    const dataset = await openDataset(tarDataset, root);
    await rename(join(root, 'a.tar'), join(root, 'gone'));
    await expect(contentOf(dataset, 0)).rejects.toThrow(/ENOENT/);
    await writeTar(join(root, 'a.tar'), entriesOf(['other.jpg', '2.jpg']));
    await utimes(join(root, 'a.tar'), 1, 1);
    await expect(contentOf(dataset, 0)).rejects.toMatchObject({ code: 'E_DATA_CHANGED' });
  });
});

describe('the index of tars', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is kept outside the data folder and made anew when a tar changes or is added', async () => {
    const cache = await temporaryFolder();
    vi.stubEnv('TESSERA_CACHE', cache);
    const root = await folderWith({ '0.tar': entriesOf(['1.jpg']) });
    const settle = async (): Promise<void> => {
      for (const name of await readdir(root))
        await utimes(join(root, name), 1000, 1000 + (await stat(join(root, name))).size);
    };
    await settle();
    const first = await openDataset(tarDataset, root);
    expect(await readdir(join(cache, 'index'))).toHaveLength(1);
    expect(await readdir(root)).toEqual(['0.tar']);
    // The kept index is used: with the tar's headers spoilt behind its back, the listing is still there.
    const good = await readFile(join(root, '0.tar'));
    const copy = join(await temporaryFolder(), 'copy');
    await cp(join(root, '0.tar'), copy);
    await writeFile(join(root, '0.tar'), Buffer.alloc(good.length, 1));
    await settle();
    expect(namesOf(await openDataset(tarDataset, root))).toEqual(namesOf(first));
    await rename(copy, join(root, '0.tar'));
    await writeTar(join(root, '1.tar'), entriesOf(['2.jpg']));
    await settle();
    expect(namesOf(await openDataset(tarDataset, root))).toEqual(['1.jpg', '2.jpg']);
    await writeTar(join(root, '1.tar'), entriesOf(['3.jpg', '4.jpg']));
    await settle();
    expect(namesOf(await openDataset(tarDataset, root))).toEqual(['1.jpg', '3.jpg', '4.jpg']);
    await rm(join(root, '1.tar'));
    expect(namesOf(await openDataset(tarDataset, root))).toEqual(['1.jpg']);
  });
});
