import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTestImages, openTrainingImages, type ImageSet } from './images.ts';
import { prepareRecipe } from './prepare.ts';
import { temporaryFolder, tinySimclr, writeRecipe } from './testing/tiny.ts';

/** One image file (not decoded here) in each of the folders. */
function dataFolder(...folders: readonly string[]): string {
  const root = temporaryFolder();
  for (const folder of folders) {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, 'image.png'), '');
  }
  return root;
}

async function open(data: string, options: object): Promise<{ training: ImageSet; test: ImageSet | undefined }> {
  const recipe = writeRecipe({ ...tinySimclr, data: { source: 'folder', options } });
  const prepared = await prepareRecipe(recipe, { data });
  const training = await openTrainingImages(prepared);
  return { training, test: await openTestImages(prepared, training) };
}

describe('training images', () => {
  it('leave out the classes of the recipe and the test folder', async () => {
    const { training, test } = await open(dataFolder('a', 'b', 'c', 'test/a', 'test/b', 'test/c'), { exclude: ['b'] });
    expect(training.dataset.classes).toEqual(['a', 'c']);
    expect([training.dataset.size, test?.dataset.size]).toEqual([2, 2]);
  });

  it.each([
    [['a', 'test/a'], 'test'],
    [['a', 'test/a'], './b/../test/a'],
    [['train/a', 'test/a'], '../test'],
    [['train/a', 'test/a'], '..'],
  ])('of %j are not those of %s', async (folders, path) => {
    await expect(open(dataFolder(...folders), { path })).rejects.toMatchObject({ code: 'E_USAGE', kind: 'usage' });
  });

  it('may be below the training folder', async () => {
    const { training } = await open(dataFolder('train/small/a', 'train/large/a', 'test/small/a'), { path: 'small' });
    expect(training.dataset.describe(0)).toMatch(/train.small.a/);
  });
});
