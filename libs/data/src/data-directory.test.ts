import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { resolveDataDirectory } from './data-directory.ts';
import { temporaryFolder } from './testdata/images.ts';

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
