import { describe, expect, it } from 'vitest';
import { labelsOf, namesOf, openDataset } from '../../testdata/datasets.ts';
import { contentsOf, entriesOf, folderWith } from '../../testdata/tars.ts';
import { tarDataset } from './tar.ts';

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
