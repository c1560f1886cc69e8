import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootKey } from '@tessera/core';
import { expect, it } from 'vitest';
import { resolveDataDirectory } from './data-directory.ts';
import { folderDataset } from './datasets/folder.ts';
import { temporaryFolder, writeColour } from './testdata/images.ts';

it('trains on DIR/train where there is one, else on DIR, never on DIR/test', async () => {
  const root = await temporaryFolder();
  expect(resolveDataDirectory(root)).toEqual({ train: root, trainExclude: [], test: undefined });
  await mkdir(join(root, 'test'));
  expect(resolveDataDirectory(root)).toEqual({ train: root, trainExclude: ['test'], test: join(root, 'test') });
  await mkdir(join(root, 'train'));
  expect(resolveDataDirectory(root)).toEqual({
    train: join(root, 'train'),
    trainExclude: [],
    test: join(root, 'test'),
  });
});

it('says what is wrong with a path', async () => {
  const root = await temporaryFolder();
  await writeFile(join(root, 'file'), '');
  expect(() => resolveDataDirectory(join(root, 'nowhere'))).toThrow(
    expect.objectContaining({
      code: 'E_DATA_MISSING',
      message: expect.stringContaining('there is no folder') as unknown,
    }),
  );
  expect(() => resolveDataDirectory(join(root, 'file'))).toThrow(
    expect.objectContaining({ code: 'E_DATA_MISSING', message: expect.stringContaining('is not a folder') as unknown }),
  );
});

it('leaves test/ beside class folders out of training, also where its files look like a class', async () => {
  const root = await temporaryFolder();
  for (const name of ['cat/0.png', 'dog/0.png', 'test/0.png', 'test/cat/0.png', 'test/dog/0.png'])
    await writeColour(join(root, name), 1);
  const { train, trainExclude, test = '' } = resolveDataDirectory(root);
  const context = (path: string) => ({ root: path, key: rootKey(0) });
  const training = await folderDataset.build({ exclude: [...trainExclude] }, context(train));
  const shown = Array.from({ length: training.size }, (_, i) => training.describe(i));
  expect(training.classes).toEqual(['cat', 'dog']);
  expect(shown).toEqual([join(root, 'cat', '0.png'), join(root, 'dog', '0.png')]);
  const queries = await folderDataset.build({ classes: [...(training.classes ?? [])] }, context(test));
  expect(queries.size).toBe(2);
  expect(Array.from({ length: 2 }, (_, i) => queries.label(i))).toEqual([0, 1]);
});
