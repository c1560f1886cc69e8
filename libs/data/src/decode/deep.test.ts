import { describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { deepImage } from '../testdata/deep-image.ts';
import { grayTiff } from '../testdata/tiff.ts';
import { decode } from './decode.ts';
import type { PixelRange } from './deep.ts';

/** 0, the middle, the end and the double of a 12-bit camera's values. */
const values = [0, 2048, 4095, 8190];
const red = async (bytes: Uint8Array, range?: PixelRange | null): Promise<number[]> => {
  const { data } = await decode(bytes, range);
  return [...data].filter((_, i) => i % 3 === 0);
};

describe('images with 16 bits a channel', () => {
  for (const format of ['png', 'tiff'] as const) {
    it.each([
      ['gray', 1, values],
      ['gray and alpha', 2, values.flatMap((value) => [value, 65_535])],
      ['RGB', 3, values.flatMap((value) => [value, 1, 2])],
      ['RGB and alpha', 4, values.flatMap((value) => [value, 1, 2, 65_535])],
    ] as const)(`${format}, %s: the upper byte, or by a range; alpha is no brightness`, async (_, channels, pixels) => {
      const bytes = await deepImage(2, channels, pixels, format);
      expect(await red(bytes)).toEqual([0, 8, 15, 31]);
      expect(await red(bytes, null)).toEqual([0, 8, 15, 31]);
      expect(await red(bytes, [0, 4095])).toEqual([0, 128, 255, 255]);
      expect(await red(bytes, [2048, 4095])).toEqual([0, 0, 255, 255]);
      expect(await decode(bytes)).toMatchObject({ width: 2, height: 2, deep: { type: 'ushort', highest: 8190 } });
    });
  }

  it.each([
    [10, 1023],
    [14, 16_383],
    [16, 65_535],
  ])('%d bits end at white', async (_, white) => {
    const bytes = await deepImage(2, 1, [0, white]);
    expect(await red(bytes, [0, white])).toEqual([0, 255]);
  });

  it('turn as EXIF says', async () => {
    const bytes = await sharp(await deepImage(2, 1, [0, 4095]))
      .toColourspace('grey16')
      .withMetadata({ orientation: 3 })
      .png()
      .toBuffer();
    expect(await red(bytes, [0, 4095])).toEqual([255, 0]);
  });
});

describe('TIFF files of other types', () => {
  const ct = [-1000, 0, 1000, 3000];
  it.each([
    ['signed', 'short', grayTiff(2, Int16Array.from(ct), 'signed'), [-1000, 3000], [0, 64, 128, 255]],
    ['signed, 32 bits', 'int', grayTiff(2, Int32Array.from(ct), 'signed'), [-1000, 3000], [0, 64, 128, 255]],
    [
      '32 bits',
      'uint',
      grayTiff(2, Uint32Array.of(0, 100_000, 200_000, 7), 'unsigned'),
      [0, 200_000],
      [0, 128, 255, 0],
    ],
    ['floating point', 'float', grayTiff(2, Float32Array.of(0, 0.5, 1, 2), 'float'), [0, 1], [0, 128, 255, 255]],
  ] as const)('%s: by a range', async (_, type, bytes, range, expected) => {
    expect(await red(bytes, range)).toEqual(expected);
    expect((await decode(bytes)).deep).toEqual({ type });
  });
});

it('images of 8 bits have no use for a range', async () => {
  for (const format of ['png', 'jpeg', 'webp', 'tiff', 'gif'] as const) {
    const bytes = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#808080' } })
      .toFormat(format)
      .toBuffer();
    const plain = await decode(bytes);
    expect(await decode(bytes, [0, 4095])).toEqual(plain);
    expect(plain.deep).toBeUndefined();
  }
});
