import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { compose, factsOf, openTrainingImages } from '@tessera/run/parts';
import { fontsWork } from '../preview/labels.ts';
import { previewRows } from '../preview/preview-rows.ts';
import { runCliQuietly, type CliOutcome } from '../testing/run-cli-quietly.ts';
import { prepared, temporaryFolder, tinySimclr, tinySwav, writeRecipe } from '@tessera/run/testing';

/** `tessera preview` in this process. */
const preview = (...args: readonly string[]): Promise<CliOutcome> => runCliQuietly(['preview', ...args]);

async function colours(folder: string, names: readonly string[]): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    const image = sharp({ create: { width: 30, height: 20, channels: 3, background: 'green' } });
    writeFileSync(join(folder, name), await image.png().toBuffer());
  }
  return folder;
}

const withFonts = await fontsWork();
const onFolder = { ...tinySimclr, data: { source: 'folder' } };

describe('preview', () => {
  it('writes a row an image with all its views, large and small ones', async () => {
    const out = join(temporaryFolder(), 'sheet.png');
    const { code, stdout } = await preview(writeRecipe(tinySwav), '--out', out, '--images', '3');
    expect(code).toBe(0);
    expect(stdout).toBe(`${out}: 3 images, views 2 x 8 x 8 + 2 x 6 x 6\n`);
    const { width, height, format } = await sharp(readFileSync(out)).metadata();
    // Views of 8 pixels come out at 128, those of 6 at 96.
    expect([width, height, format]).toEqual([210 + 128 + 20 + 2 * 138 + 2 * 106, 92 + 3 * 138, 'png']);
  });

  it.skipIf(!withFonts)('labels rows and columns, and draws where the views were cut', async () => {
    const folder = await colours(join(temporaryFolder(), 'data'), ['first & <last>.png']);
    const out = join(folder, '..', 'sheet.png');
    await preview(writeRecipe(onFolder), '--data', folder, '--out', out);
    const darkest = async (left: number, top: number, width: number, height: number): Promise<number> => {
      const cut = await sharp(readFileSync(out)).extract({ left, top, width, height }).toBuffer();
      return (await sharp(cut).greyscale().stats()).channels[0]?.min ?? 255;
    };
    expect(await darkest(10, 10, 300, 30)).toBeLessThan(100); // the title
    expect(await darkest(10, 92, 180, 30)).toBeLessThan(100); // the name
    expect(await darkest(358, 50, 70, 36)).toBeLessThan(225); // view 1
    expect(await darkest(0, 200, 200, 20)).toBeGreaterThan(250); // nothing beside the image
    const { data } = await sharp(readFileSync(out))
      .extract({ left: 210, top: 92, width: 128, height: 128 })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const orange = Array.from({ length: data.length / 3 }, (_, i) => data.subarray(3 * i, 3 * i + 3)).filter(
      ([red = 0, green = 0, blue = 0]) => red > 180 && green > 60 && green < 120 && blue < 60,
    );
    expect(orange.length).toBeGreaterThan(20); // the first view's box
  });

  it.each([
    ['simclr', tinySimclr, []],
    ['swav', tinySwav, []],
    ['uint8', tinySimclr, ['augmenter.options.pixels=uint8']],
    ['google', tinySimclr, ['augmenter.options.jitter=google-v1']],
    [
      'pipeline',
      tinySimclr,
      ['augmenter={name: pipeline, options: {views: [{count: 2, size: 8, ops: [{name: sobel}]}]}}'],
    ],
    ['plain', tinySimclr, ['augmenter={name: plain, options: {size: 8}}', 'method.name=simclr']],
  ])('shows the views that the loader makes in the first epoch (%s)', async (name, recipe, set) => {
    const changed = await prepared(recipe, ['data.options.count=10', 'trainer.batchSize=10', ...set]);
    const rows = await previewRows(changed, 10, () => undefined);
    expect(rows.map(({ label }) => label)).toHaveLength(10);
    const images = await openTrainingImages(changed);
    const composition = compose(changed, factsOf(images));
    const { augmenter, trainer } = changed.recipe;
    const request = { images, augmenter, batchSize: trainer.batchSize, training: true };
    const loader = await composition.load(request);
    for await (const batch of loader.epoch(0)) {
      const { groups, sampleIds } = batch;
      sampleIds.forEach((id, row) => {
        let at = 0;
        for (const { spec, pixels } of groups)
          for (let view = 0; view < spec.count; view++) {
            const length = spec.size * spec.size * spec.channels;
            const from = (view * sampleIds.length + row) * length;
            const bytes = Array.from(pixels.subarray(from, from + length), (value) =>
              pixels instanceof Uint8Array ? value : Math.round(255 * Math.min(1, Math.max(0, value))),
            );
            expect([...(rows[id]?.views[at++]?.bytes ?? [])], `${name}, image ${id}`).toEqual(bytes);
          }
      });
      batch.release();
    }
    await loader.dispose();
    await composition.dispose();
  });

  it('another seed is the same images in other views', async () => {
    const [first, second] = await Promise.all(
      [0, 1].map(async (seed) => previewRows(await prepared(tinySimclr, [`seed=${seed}`]), 2, () => undefined)),
    );
    expect(second?.map(({ name }) => name)).toEqual(first?.map(({ name }) => name));
    expect(second?.[0]?.views[0]?.bytes).not.toEqual(first?.[0]?.views[0]?.bytes);
    const out = join(temporaryFolder(), 'sheet.png');
    expect((await preview(writeRecipe(tinySimclr), '--out', out, '--images', '1', '--seed', '3')).code).toBe(0);
  });

  it('takes the next image where one cannot be read, and says so', async () => {
    const folder = await colours(join(temporaryFolder(), 'data'), ['a.png', 'b.png', 'c.png', 'd.png']);
    writeFileSync(join(folder, 'a.png'), 'no image');
    const out = join(folder, '..', 'sheet.png');
    const { code, stdout, stderr } = await preview(
      writeRecipe(onFolder),
      '--data',
      folder,
      '--out',
      out,
      '--images',
      '2',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('2 images');
    expect(stderr).toMatch(/^warning: .*a\.png cannot be read: .* \[W_BAD_IMAGE\]$/m);
  });

  it.each<[string, (folder: string) => string[], string, RegExp]>([
    ['no such recipe', () => ['no/such.yaml'], 'E_RECIPE_NOT_FOUND', /no\/such\.yaml/],
    ['no such folder', () => [writeRecipe(onFolder), '--data', 'no/such'], 'E_DATA_MISSING', /no\/such/],
    ['no images', (folder) => [writeRecipe(onFolder), '--data', folder], 'E_DATA_EMPTY', /no images/],
    [
      'a folder for a file',
      (folder) => [writeRecipe(tinySimclr), '--out', folder],
      'E_OUTPUT_UNWRITABLE',
      /is a folder/,
    ],
    [
      'a file in no folder',
      () => [writeRecipe(tinySimclr), '--out', 'no/such/x.png'],
      'E_OUTPUT_UNWRITABLE',
      /no folder/,
    ],
    ['no PNG', () => [writeRecipe(tinySimclr), '--out', 'x.jpg'], 'E_USAGE', /x\.jpg.*PNG/],
    ['no rows', () => [writeRecipe(tinySimclr), '--images', '0'], 'E_OPTION_INVALID', /'--images' is "0"/],
    ['half a seed', () => [writeRecipe(tinySimclr), '--seed', '0.5'], 'E_OPTION_INVALID', /'--seed'/],
  ])('%s: one clear error', async (_name, args, id, says) => {
    const folder = join(temporaryFolder(), 'folder.png');
    mkdirSync(folder);
    const { code, stderr } = await preview('--out', join(folder, 'unwanted.png'), ...args(folder));
    const [first = '', second = '', ...rest] = stderr.trim().split('\n');
    expect(first).toMatch(/^error: /);
    expect(first).toContain(`[${id}]`);
    expect(first).toMatch(says);
    expect(second.trim().length).toBeGreaterThan(0);
    expect(rest).toEqual([]);
    expect(code).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('only unreadable images: an error, not an empty sheet', async () => {
    const folder = join(temporaryFolder(), 'data');
    mkdirSync(folder);
    for (const name of ['a.png', 'b.jpg']) writeFileSync(join(folder, name), 'no image');
    const { code, stderr } = await preview(writeRecipe(onFolder), '--data', folder, '--out', join(folder, 'x.png'));
    expect(code).toBe(2);
    expect(stderr).toContain('[E_DATA_MOSTLY_BAD]');
  });
});
