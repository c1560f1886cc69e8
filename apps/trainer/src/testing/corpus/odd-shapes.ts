import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { either, picture, skipped, type CorpusCase, type Expected } from './case.ts';
import { draw, pixels, quarters, type Picture } from './picture.ts';

/** Turned and mirrored pictures whose EXIF orientation undoes it, one pixel and one row, sizes that are lies. */
export async function shapeCases(): Promise<readonly CorpusCase[]> {
  return [...(await orientationCases()), ...(await sizeCases()), ...(await bombCases())];
}

/** Where a stored pixel comes from in the picture as it is meant, by EXIF orientation; (w, h): the picture as meant. */
const STORED: Readonly<Record<number, (x: number, y: number, w: number, h: number) => readonly [number, number]>> = {
  1: (x, y) => [x, y],
  2: (x, y, w) => [w - 1 - x, y],
  3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
  4: (x, y, _w, h) => [x, h - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, w) => [w - 1 - y, x],
  7: (x, y, w, h) => [w - 1 - y, h - 1 - x],
  8: (x, y, _w, h) => [y, h - 1 - x],
};

function stored({ width, height, data }: Picture, orientation: number): Picture {
  const turned = orientation > 4;
  const from = STORED[orientation] ?? ((x: number, y: number) => [x, y] as const);
  return draw(turned ? height : width, turned ? width : height, (x, y) => {
    const [sourceX, sourceY] = from(x, y, width, height);
    const at = (sourceY * width + sourceX) * 3;
    return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
  });
}

async function orientationCases(): Promise<readonly CorpusCase[]> {
  const cases: CorpusCase[] = [];
  for (let orientation = 1; orientation <= 8; orientation++) {
    const image = pixels(stored(quarters, orientation)).withMetadata({ orientation });
    const what = `EXIF orientation ${orientation}: the same picture each time`;
    cases.push(
      {
        file: `orientation-${orientation}.jpg`,
        what,
        bytes: await image.clone().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
        expected: picture(quarters, 3),
      },
      {
        file: `orientation-${orientation}.png`,
        what,
        bytes: await image.clone().png().toBuffer(),
        expected: picture(quarters),
      },
    );
  }
  const bad = await pixels(quarters).withMetadata({ orientation: 1 }).png().toBuffer();
  return [
    ...cases,
    {
      file: 'orientation-9.png',
      what: 'EXIF orientation 9, which there is not: as stored',
      bytes: withExifOrientation(bad, 9),
      expected: picture(quarters),
    },
  ];
}

/** Rewrites the orientation in a PNG's eXIf chunk, checksum included. */
function withExifOrientation(bytes: Buffer, orientation: number): Uint8Array {
  const out = Buffer.from(bytes);
  const at = out.indexOf('eXIf');
  if (at < 0) return out;
  const length = out.readUInt32BE(at - 4);
  const tiff = out.subarray(at + 4, at + 4 + length);
  const little = tiff.toString('latin1', 0, 2) === 'II';
  const tag = Buffer.from(little ? [0x12, 0x01, 0x03, 0x00] : [0x01, 0x12, 0x00, 0x03]);
  const value = tiff.indexOf(tag) + 8;
  if (little) tiff.writeUInt16LE(orientation, value);
  else tiff.writeUInt16BE(orientation, value);
  out.writeUInt32BE(crc32(out.subarray(at, at + 4 + length)), at + 4 + length);
  return out;
}

async function sizeCases(): Promise<readonly CorpusCase[]> {
  const cases: CorpusCase[] = [];
  for (const [width, height] of [
    [1, 1],
    [2, 2],
    [1, 20_000],
    [20_000, 1],
    [3, 9000],
  ] as const) {
    const of = draw(width, height, (x, y) => [(x + y) % 256, 100, 200]);
    const what = `${width}x${height}`;
    cases.push(
      { file: `${what}.png`, what, bytes: await pixels(of).png().toBuffer(), expected: picture(of) },
      {
        file: `${what}.jpg`,
        what,
        bytes: await pixels(of).jpeg({ quality: 100 }).toBuffer(),
        expected: picture(of, 3),
      },
    );
  }
  return cases;
}

/** 60000x60000, little-endian. */
const GIF_60000 = [0x60, 0xea, 0x60, 0xea];

/** Begin of the frame of the quarters: at 0, 0, 32x16. */
const GIF_FRAME = Buffer.from([0x2c, 0, 0, 0, 0, 32, 0, 16, 0]);

async function bombCases(): Promise<readonly CorpusCase[]> {
  const limit: Expected = { kind: 'skipped', reason: /limit|too (large|big)|exceed|dimension/i };
  const sound = await pixels(quarters).png().toBuffer();
  const claim = (width: number, height: number): Uint8Array => withPngSize(sound, width, height);
  const jpeg = await pixels(quarters).jpeg().toBuffer();
  const gif = await pixels(quarters).gif().toBuffer();
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 5;
  return [
    { file: 'bomb-60000.png', what: 'PNG that claims 60000x60000', bytes: claim(60_000, 60_000), expected: limit },
    {
      file: 'bomb-max.png',
      what: 'PNG that claims 2147483647x2147483647',
      bytes: claim(2 ** 31 - 1, 2 ** 31 - 1),
      expected: skipped,
    },
    { file: 'bomb-zero.png', what: 'PNG that claims 0x0', bytes: claim(0, 0), expected: skipped },
    {
      file: 'bomb-real.png',
      what: 'PNG of 12000x12000 zeros, whole',
      bytes: await sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: 'black' } })
        .png({ compressionLevel: 9 })
        .toBuffer(),
      expected: limit,
    },
    {
      file: 'bomb-65000.jpg',
      what: 'JPEG that claims 65000x65000',
      bytes: patched(jpeg, frame, [0xfd, 0xe8, 0xfd, 0xe8]),
      expected: limit,
    },
    {
      file: 'bomb-lie.jpg',
      what: 'JPEG that claims 32x4000 and has 16 rows',
      bytes: patched(jpeg, frame, [0x0f, 0xa0]),
      expected: either,
    },
    {
      file: 'canvas-60000.gif',
      what: 'GIF with a canvas of 60000x60000: its frame counts',
      bytes: patched(gif, 6, GIF_60000),
      expected: picture(quarters, 3),
    },
    {
      file: 'bomb-60000.gif',
      what: 'GIF with canvas and frame of 60000x60000',
      bytes: patched(patched(gif, 6, GIF_60000), gif.indexOf(GIF_FRAME) + 5, GIF_60000),
      expected: limit,
    },
  ];
}

/** Another size in a PNG's header, checksum included. */
function withPngSize(bytes: Uint8Array, width: number, height: number): Uint8Array {
  const out = Buffer.from(bytes);
  out.writeUInt32BE(width, 16);
  out.writeUInt32BE(height, 20);
  out.writeUInt32BE(crc32(out.subarray(12, 29)), 29);
  return out;
}

function patched(bytes: Uint8Array, at: number, values: readonly number[]): Uint8Array {
  const out = Uint8Array.from(bytes);
  out.set(values, at);
  return out;
}
