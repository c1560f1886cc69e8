import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decode } from './decode.ts';
import { jpegHeader } from './jpeg-header.ts';
import { sharpDecode } from './sharp-decode.ts';

// Made with PIL by scripts/decode-fixtures.py.
const folder = new URL('../testdata/decode/', import.meta.url);
const expected = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as Record<
  string,
  [width: number, height: number, pixels: string]
>;
const fixtures = Object.entries(expected).map(([name, [width, height, pixels]]) => ({
  name,
  width,
  height,
  bytes: new Uint8Array(readFileSync(new URL(name, folder))),
  pixels: [...Buffer.from(pixels, 'base64')],
}));

describe("every kind of image has PIL's pixels", () => {
  it.each(fixtures)('$name', async ({ bytes, width, height, pixels }) => {
    const image = await decode(bytes);
    expect([image.width, image.height]).toEqual([width, height]);
    expect([...image.data]).toEqual(pixels);
  });

  it('there are enough of them', () => {
    expect(fixtures.length).toBeGreaterThan(45);
  });
});

describe('JPEG without the addon', () => {
  it.each(fixtures.filter(({ bytes }) => bytes[0] === 0xff))('$name', async ({ bytes, pixels }) => {
    const image = await sharpDecode(bytes, { cmyk: jpegHeader(bytes)?.components === 4 });
    expect([...image.data]).toEqual(pixels);
  });
});
