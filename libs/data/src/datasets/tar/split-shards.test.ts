import type { Dataset, JsonObject } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { namesOf, openDataset } from '../../testdata/datasets.ts';
import { entriesOf, folderWith } from '../../testdata/tars.ts';
import { tarDataset } from './tar.ts';

/** A folder of tars, each with one image that is called like the tar. */
const tars = (...names: readonly string[]): Promise<string> =>
  folderWith(Object.fromEntries(names.map((name) => [name, entriesOf([`${name.replaceAll('/', '-')}.jpg`])])));
const open = (root: string, options: JsonObject = {}): Promise<Dataset> => openDataset(tarDataset, root, options);
const shards = (dataset: Dataset): string[] => namesOf(dataset).map((name = '') => name.replace('.tar.jpg', ''));
const told = ({ warnings = [] }: Dataset): string[] => warnings.map(({ code, message }) => `${code} ${message}`);

describe('splits by tars', () => {
  it.each([
    [['train.tar', 'test.tar'], ['train'], ['test']],
    [['Train-0.tar', 'Train-1.tar', 'val-0.tar'], ['Train-0', 'Train-1'], ['val-0']],
    [['in-train-000.tar', 'in-val-000.tar', 'in-val-001.tar'], ['in-train-000'], ['in-val-000', 'in-val-001']],
    [['a.tar', 'b.tar', 'validation.tar'], ['a', 'b'], ['validation']],
    [['extra.tar', 'train.tar', 'val.tar', 'test.tar'], ['train'], ['test']],
  ])('of %j: %j are trained on and %j scored, with one warning', async (names, train, test) => {
    const root = await tars(...names);
    const training = await open(root);
    expect(shards(training)).toEqual(train);
    expect(told(training)).toEqual([
      expect.stringMatching(/W_DATA_IMAGES by their names, training images .* test images/),
    ]);
    expect(shards(await open(root, { split: 'test' }))).toEqual(test);
    const all = await open(root, { splits: 'none' });
    expect([all.size, told(all)]).toEqual([names.length, []]);
  });

  it('takes tars of other names all, and those that are named alone as they are', async () => {
    const root = await tars('bullet_train.tar', 'car.tar', 'sets/train.tar', 'sets/test.tar');
    expect([shards(await open(root)), told(await open(root))]).toEqual([['bullet_train', 'car'], []]);
    const one = await open(root, { path: 'sets/test.tar' });
    expect([shards(one), told(one)]).toEqual([['sets-test'], []]);
    await expect(open(await tars('test-0.tar', 'test-1.tar'))).rejects.toMatchObject({
      code: 'E_DATA_EMPTY',
      next: expect.stringContaining('splits=none') as unknown,
    });
  });

  it('takes folders of tars by the rule of folders', async () => {
    const root = await tars('Training/0.tar', 'val/0.tar', 'more/0.tar', 'loose.tar');
    const training = await open(root);
    expect(shards(training)).toEqual(['Training-0']);
    expect(told(training)).toEqual([
      expect.stringMatching(
        /the tars in 'Training' are read as the training images; not used: .*'more' and 'loose.tar'/,
      ),
    ]);
    const test = await open(root, { split: 'test' });
    expect([shards(test), told(test)]).toEqual([['val-0'], [expect.stringContaining("the tars in 'val'")]]);
    expect(shards(await open(root, { trainFolder: 'more' }))).toEqual(['more-0']);
    expect(shards(await open(root, { splits: 'none' }))).toEqual(['loose']);
    await expect(open(root, { path: 'val' })).rejects.toMatchObject({ code: 'E_USAGE' });
  });
});

it('test tars need not have the folders of the training tars', async () => {
  const root = await folderWith({
    'train.tar': entriesOf(['Training/a/1.jpg', 'val/a/2.jpg']),
    'test.tar': entriesOf(['a/3.jpg']),
  });
  const names = { trainFolder: 'Training', testFolder: 'val' };
  expect(namesOf(await open(root, names))).toEqual(['Training/a/1.jpg']);
  expect(namesOf(await open(root, { ...names, split: 'test' }))).toEqual(['a/3.jpg']);
});
