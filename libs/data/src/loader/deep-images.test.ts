import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deepImage } from '../testdata/deep-image.ts';
import { writeColour } from '../testdata/images.ts';
import { collect, folder, open } from '../testdata/loaders.ts';
import { temporaryFolder } from '../testdata/temporary-folder.ts';
import { grayTiff } from '../testdata/tiff.ts';
import type { PixelRange } from '../decode/deep.ts';

/** `brightest[i]`: of image i, its first pixel. */
async function imagesOf(brightest: readonly number[]): Promise<string> {
  const root = await temporaryFolder();
  for (const [i, value] of brightest.entries())
    await writeFile(join(root, `${String(i).padStart(3, '0')}.png`), await deepImage(2, 1, [value, 0, value, 0]));
  return root;
}

interface Outcome {
  readonly warnings: readonly string[];
  readonly pixels: readonly number[];
}

async function read(
  root: string,
  { range = null, workers = 0, epochs = 1 }: { range?: PixelRange | null; workers?: number; epochs?: number } = {},
): Promise<Outcome> {
  const dataset = await folder(root);
  const warnings: string[] = [];
  const warn = (code: string, message: string): void => void warnings.push(`${code} ${message}`);
  const loader = await open({
    dataset,
    reader: 'folder',
    augmenter: 'first-pixel',
    range,
    workers,
    dropLast: false,
    warn,
  });
  const batches = [];
  for (let epoch = 0; epoch < epochs; epoch++) batches.push(...(await collect(loader, epoch)));
  return { warnings, pixels: batches.flatMap(({ pixels }) => pixels.flat()) };
}

describe('images with more than 8 bits a channel', () => {
  it.each([0, 2])('warn once where none of the first uses the upper bits, with %d workers', async (workers) => {
    const { warnings, pixels } = await read(await imagesOf([100, 4095, 900, 30, 5, 6, 7, 8, 9, 10]), {
      workers,
      epochs: 2,
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^W_DATA_LOW_BITS .*first 10 \('.*000\.png' .*above 4095 .*12 bits.*data\.range=\[0,4095\]/,
    );
    expect(Math.max(...pixels)).toBe(15);
  });

  it.each([0, 2])('are taken by the range, with %d workers', async (workers) => {
    const { warnings, pixels } = await read(await imagesOf([4095, 2048, 0]), { range: [0, 4095], workers });
    expect(warnings).toEqual([]);
    expect([...new Set(pixels)].sort((a, b) => a - b)).toEqual([0, 128, 255]);
  });

  it('do not warn where one is bright, where all is black, or where they have 8 bits', async () => {
    expect((await read(await imagesOf([100, 200, 40_000, 50]))).warnings).toEqual([]);
    expect((await read(await imagesOf([0, 0]))).warnings).toEqual([]);
    const dark = await temporaryFolder();
    await writeColour(join(dark, '0.png'), 1);
    expect((await read(dark)).warnings).toEqual([]);
  });

  it.each([
    [1000, '[0,1023]'],
    [1024, '[0,4095]'],
    [10_000, '[0,16383]'],
  ])('up to %d suggest %s', async (highest, range) => {
    expect((await read(await imagesOf([highest, 1]))).warnings[0]).toContain(`data.range=${range}`);
  });

  it('are judged by a sample: the first 64', async () => {
    const { warnings } = await read(await imagesOf(Array.from({ length: 130 }, () => 4000)));
    expect(warnings).toEqual([expect.stringMatching(/of the first (6[4-9]|7[01]) /)]);
  });

  it('warn once of signed and floating-point values, whose range nothing says', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, '0.tif'), grayTiff(2, Float32Array.of(0, 1, 0.5, 0), 'float'));
    await writeFile(join(root, '1.tif'), grayTiff(2, Int16Array.of(-1000, 500, 0, 1), 'signed'));
    const { warnings } = await read(root);
    expect(warnings).toEqual([
      expect.stringMatching(/^W_DATA_NO_RANGE .*2 \('.*0\.tif'.*\(float, short\).*data\.range/),
    ]);
    expect((await read(root, { range: [0, 1] })).warnings).toEqual([]);
  });
});
