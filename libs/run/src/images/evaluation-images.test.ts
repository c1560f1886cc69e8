import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEvaluationImages, type EvaluationImages } from './evaluation-images.ts';
import { openTrainingImages } from './images.ts';
import { prepare } from '../testing/prepare.ts';
import { temporaryFolder, tinySimclr, writeRecipe } from '../testing/tiny.ts';

/** A folder of such files. */
function dataOf(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const emptyFiles = (...names: readonly string[]): string => dataOf(Object.fromEntries(names.map((name) => [name, ''])));

async function open(
  data: string,
  source = 'folder',
  set: readonly string[] = [],
): Promise<EvaluationImages | undefined> {
  const prepared = await prepare(writeRecipe({ ...tinySimclr, data: { source } }), { data, set });
  return openEvaluationImages(prepared, await openTrainingImages(prepared));
}

const manifests = (train: string, test: string): Promise<EvaluationImages | undefined> =>
  open(dataOf({ 'train.csv': `path,label\n${train}`, 'test.csv': `path,label\n${test}` }), 'manifest');

describe('images of evaluations', () => {
  it('have nothing to be said of where all is well', async () => {
    const data = emptyFiles('train/a/1.png', 'train/b/1.png', 'test/a/1.png', 'test/b/1.png');
    expect(await open(data)).toMatchObject({ warnings: [], bank: { indices: Int32Array.of(0, 1) } });
    expect(await open(emptyFiles('a/1.png'))).toBeUndefined();
  });

  it('tell how many have no label, on both sides, in one warning', async () => {
    const opened = await manifests('1.png,a\n2.png,\n3.png,b\n4.png,\n', '5.png,\n6.png,a\n7.png,b\n');
    expect([opened?.bank.indices, opened?.test.indices]).toEqual([Int32Array.of(0, 2), Int32Array.of(1, 2)]);
    expect(opened?.warnings).toEqual([
      {
        code: 'W_EVALUATION_UNLABELLED',
        message: expect.stringMatching(
          /^2 of 4 training images \(.*2\.png'\) and 1 of 3 test images \(.*5\.png'\) have no label/,
        ) as unknown,
      },
    ]);
  });

  it('need labels, of which the error says that they are missing, not the images', async () => {
    const train = '1.png,\n2.png,a\n';
    const data = dataOf({ 'train.csv': `path,label\n${train}`, 'test.csv': 'path,label\n3.png,a\n' });
    await expect(open(data, 'manifest', ['data.limit=1'])).rejects.toMatchObject({
      code: 'E_EVALUATION_LABELS',
      message: expect.stringMatching(/^none of the 1 training images .*1\.png/) as unknown,
    });
    await expect(manifests(train, '3.png,\n4.png,\n')).rejects.toMatchObject({
      code: 'E_DATA_UNLABELLED',
      message: expect.stringMatching(/^the 2 test images in 'manifest' have no classes/) as unknown,
      next: expect.stringContaining('labelKey') as unknown,
    });
  });

  it('of one class are told to mean nothing, or little', async () => {
    const one = await open(emptyFiles('train/a/1.png', 'train/a/2.png', 'test/a/3.png'));
    expect(one?.warnings).toMatchObject([
      { code: 'W_EVALUATION_ONE_CLASS', message: expect.stringMatching(/training .*'a'.*means nothing/) as unknown },
    ]);
    const limited = await open(emptyFiles('train/a/1.png', 'train/b/2.png', 'test/a/3.png'), 'folder', [
      'data.limit=1',
    ]);
    expect(limited?.warnings.map(({ code }) => code)).toEqual(['W_EVALUATION_ONE_CLASS']);
    const queries = await open(emptyFiles('train/a/1.png', 'train/b/2.png', 'test/b/3.png'));
    expect(queries?.warnings).toMatchObject([
      { code: 'W_EVALUATION_ONE_CLASS', message: expect.stringMatching(/^all test images .*'b'/) as unknown },
    ]);
  });

  it('of classes that no training image has count as wrong', async () => {
    const data = emptyFiles(
      'train/a/1.png',
      'train/b/1.png',
      'train/c/1.png',
      'test/a/1.png',
      'test/b/1.png',
      'test/b/2.png',
    );
    const { warnings } = (await open(data, 'folder', ['data.every=2'])) ?? {};
    expect(warnings).toMatchObject([
      { code: 'W_EVALUATION_CLASSES', message: expect.stringMatching(/^2 of 3 test images .*\('b'\)/) as unknown },
    ]);
  });

  it('are not trained on: the same file, also through a linked folder', async () => {
    const error = { code: 'E_DATA_TEST_IN_TRAINING', message: expect.stringMatching(/^1 of 2 .*2\.png'/) as unknown };
    await expect(manifests('1.png,a\n./2.png,b\n', '2.png,b\n3.png,a\n')).rejects.toMatchObject(error);
    const data = emptyFiles('train/a/1.png', 'train/b/2.png', 'test/a/3.png');
    symlinkSync(join(data, 'train', 'b'), join(data, 'test', 'b'));
    await expect(open(data)).rejects.toMatchObject({
      code: 'E_DATA_SPLITS', // already where the folder is listed
      message: expect.stringMatching(/'.*test', or a link there leads back/) as unknown,
    });
    const listed = dataOf({
      'images/2.png': '',
      'train.csv': 'path,label\nimages/1.png,a\nimages/2.png,b\n',
      'test.csv': 'path,label\nlinked/2.png,b\nlinked/3.png,a\n',
    });
    symlinkSync(join(listed, 'images'), join(listed, 'linked'));
    await expect(open(listed, 'manifest')).rejects.toMatchObject(error);
    // The same name in another folder is another image.
    expect(await open(emptyFiles('train/a/1.png', 'train/b/1.png', 'test/a/1.png', 'test/b/1.png'))).toBeDefined();
    // Images that are not trained on may be tested on.
    const subset = dataOf({ 'train.csv': 'path,label\n1.png,a\n2.png,b\n', 'test.csv': 'path,label\n2.png,b\n' });
    expect(await open(subset, 'manifest', ['data.limit=1'])).toBeDefined();
  });
});
