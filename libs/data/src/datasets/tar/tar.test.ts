import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { labelsOf, namesOf, openDataset } from '../../testdata/datasets.ts';
import { contentsOf, entriesOf, folderWith } from '../../testdata/tars.ts';
import { temporaryFolder } from '../../testdata/temporary-folder.ts';
import { folderDataset } from '../folder/folder.ts';
import { tarDataset } from './tar.ts';

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

  it('takes a class name in two Unicode forms for one, as a folder does', async () => {
    const root = await folderWith({
      'a.tar': entriesOf(['cafe\u0301/1.jpg', 'caf\u00e9/2.jpg', 'zoo/1.jpg'], 'rose\u0301/'),
    });
    const inside = 'ros\u00e9';
    const train = await openDataset(tarDataset, root, { inside });
    expect([train.classes, labelsOf(train)]).toEqual([
      ['caf\u00e9', 'zoo'],
      [0, 0, 1],
    ]);
    expect(labelsOf(await openDataset(tarDataset, root, { inside, classes: ['zoo', 'cafe\u0301'] }))).toEqual([
      1, 1, 0,
    ]);
    await expect(openDataset(tarDataset, root, { inside, classes: ['Zoo', 'caf\u00e9'] })).rejects.toMatchObject({
      code: 'E_DATA_CLASSES',
      message: expect.stringMatching(/differs from 'Zoo' in capitals/) as unknown,
    });
  });

  it('hints at the folder to start at where everything lies in one', async () => {
    const root = await folderWith({ 'a.tar': entriesOf(['set/a/1.jpg', 'set/b/1.jpg']) });
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
