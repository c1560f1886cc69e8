import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { picture, type CorpusCase } from './case.ts';
import { CMYK_JPEG, cmykColours, ycckColours, ycckJpeg } from './cmyk.ts';
import { draw, grayQuarters, pixels, quarters, type Picture } from './picture.ts';
import { png, type PngOptions } from './png.ts';

/** JPEG and lossy WebP of four flat colours come back this close. */
const LOSSY = 3;

/** Where colour is stored at half the size, the edges between the quarters are mixed. */
const SUBSAMPLED = 7;

const [width, height] = [32, 16];
const each = Array.from({ length: width * height }, (_, i) => i);
const channel = (i: number, c: number): number => quarters.data[i * 3 + c] ?? 0;
const small = (bitDepth: PngOptions['bitDepth'], colourType: PngOptions['colourType'], samples: number[]): Uint8Array =>
  png({ width, height, colourType, bitDepth, samples });

/** Which quarter a pixel is in. */
const quarter = (i: number): number => (i < 8 * width ? 0 : 2) + (i % width < 16 ? 0 : 1);

/** 16 bits to 8: the upper byte, as PIL and libvips take it. */
const upper = (value: number): number => value >> 8;
const wide = (i: number, c: number): number => (channel(i, c) << 8) | ((i * 37 + c * 11) % 256);

/** Alpha that changes along a row; it is dropped, as PIL drops it. */
const alphaAt = (i: number): number => (i % width) * 8;

/** Every colour mode, each to its defined RGB. */
export async function formatCases(): Promise<readonly CorpusCase[]> {
  const rgb = pixels(quarters);
  const transparent = sharp(
    Uint8Array.from(each.flatMap((i) => [channel(i, 0), channel(i, 1), channel(i, 2), alphaAt(i)])),
    {
      raw: { width, height, channels: 4 },
    },
  );
  const frames = Buffer.concat([quarters.data, draw(width, height, () => [0, 0, 0]).data]);
  const animated = sharp(frames, { raw: { width, height: 2 * height, channels: 3, pageHeight: height } });
  const palette = [0, 1, 2, 3].map((q): [number, number, number] => {
    const i = each.find((j) => quarter(j) === q) ?? 0;
    return [channel(i, 0), channel(i, 1), channel(i, 2)];
  });
  const gray = (bits: 1 | 2 | 4): Picture =>
    draw(width, height, (x, y) => {
      const value = Math.round((((x + y) % 2 ** bits) * 255) / (2 ** bits - 1));
      return [value, value, value];
    });
  const steps = (bits: 1 | 2 | 4): number[] => each.map((i) => ((i % width) + Math.floor(i / width)) % 2 ** bits);
  const exact = (file: string, what: string, bytes: Uint8Array, of: Picture = quarters): CorpusCase => ({
    file,
    what,
    bytes,
    expected: picture(of),
  });
  const close = (file: string, what: string, bytes: Uint8Array, of: Picture = quarters): CorpusCase => ({
    file,
    what,
    bytes,
    expected: picture(of, LOSSY),
  });
  const blurred = (file: string, what: string, bytes: Uint8Array): CorpusCase => ({
    file,
    what,
    bytes,
    expected: picture(quarters, SUBSAMPLED),
  });
  const jpeg = { quality: 100, chromaSubsampling: '4:4:4' };
  const profile = await displayP3();
  return [
    exact('rgb.png', 'RGB, 8 bits', await rgb.clone().png().toBuffer()),
    exact('interlaced.png', 'RGB, interlaced', await rgb.clone().png({ progressive: true }).toBuffer()),
    exact('gray-1.png', 'gray, 1 bit', small(1, 0, steps(1)), gray(1)),
    exact('gray-2.png', 'gray, 2 bits', small(2, 0, steps(2)), gray(2)),
    exact('gray-4.png', 'gray, 4 bits', small(4, 0, steps(4)), gray(4)),
    exact(
      'gray-8.png',
      'gray, 8 bits',
      small(
        8,
        0,
        each.map((i) => channel(i, 0)),
      ),
      grayQuarters,
    ),
    exact(
      'gray-16.png',
      'gray, 16 bits: the upper byte',
      small(
        16,
        0,
        each.map((i) => wide(i, 0)),
      ),
      grayQuarters,
    ),
    exact(
      'rgb-16.png',
      'RGB, 16 bits: the upper byte',
      small(
        16,
        2,
        each.flatMap((i) => [0, 1, 2].map((c) => wide(i, c))),
      ),
      { width, height, data: quarters.data.map((_, j) => upper(wide(Math.floor(j / 3), j % 3))) },
    ),
    exact(
      'gray-alpha.png',
      'gray and alpha: alpha dropped',
      small(
        8,
        4,
        each.flatMap((i) => [channel(i, 0), alphaAt(i)]),
      ),
      grayQuarters,
    ),
    exact('rgba.png', 'RGB and alpha: alpha dropped', await transparent.clone().png().toBuffer()),
    exact(
      'rgba-16.png',
      'RGB and alpha, 16 bits, opaque',
      small(
        16,
        6,
        each.flatMap((i) => [...[0, 1, 2].map((c) => wide(i, c)), 65_535]),
      ),
    ),
    exact(
      'palette.png',
      'palette',
      png({ width, height, colourType: 3, bitDepth: 2, samples: each.map(quarter), palette }),
    ),
    exact(
      'palette-transparent.png',
      'palette with transparency: dropped',
      png({
        width,
        height,
        colourType: 3,
        bitDepth: 8,
        samples: each.map(quarter),
        palette,
        chunks: [['tRNS', Uint8Array.of(255, 0, 128)]],
      }),
    ),
    exact(
      'gamma.png',
      'a gamma chunk: ignored',
      png({
        width,
        height,
        colourType: 2,
        bitDepth: 8,
        samples: [...quarters.data],
        chunks: [['gAMA', Uint8Array.of(0, 1, 134, 160)]],
      }),
    ),
    exact(
      'profile.png',
      'a Display P3 profile: ignored, as PIL does',
      png({
        width,
        height,
        colourType: 2,
        bitDepth: 8,
        samples: [...quarters.data],
        chunks: [['iCCP', Buffer.concat([Buffer.from('P3\0\0'), deflateSync(profile)])]],
      }),
    ),
    close(
      'profile.jpg',
      'a Display P3 profile: ignored, as PIL does',
      withJpegProfile(await rgb.clone().jpeg(jpeg).toBuffer(), profile),
    ),
    close('plain.jpg', '4:4:4', await rgb.clone().jpeg(jpeg).toBuffer()),
    blurred(
      'subsampled.jpg',
      '4:2:0, progressive',
      await rgb.clone().jpeg({ quality: 95, progressive: true }).toBuffer(),
    ),
    close('gray.jpg', 'gray', await rgb.clone().extractChannel(0).jpeg(jpeg).toBuffer(), grayQuarters),
    close('cmyk.jpg', 'CMYK, inverted by Adobe: (255-ink)(255-black)/255', CMYK_JPEG, cmykColours),
    close('ycck.jpg', 'YCCK', ycckJpeg(), ycckColours),
    exact('rgb.tiff', 'RGB, LZW', await rgb.clone().tiff({ compression: 'lzw' }).toBuffer()),
    exact(
      'tiled.tiff',
      'RGB, deflated tiles',
      await rgb.clone().tiff({ compression: 'deflate', tile: true }).toBuffer(),
    ),
    exact(
      'gray.tiff',
      'gray',
      await rgb.clone().extractChannel(0).tiff({ compression: 'none' }).toBuffer(),
      grayQuarters,
    ),
    exact('lossless.webp', 'WebP, lossless', await rgb.clone().webp({ lossless: true }).toBuffer()),
    blurred('lossy.webp', 'WebP, lossy', await rgb.clone().webp({ quality: 100 }).toBuffer()),
    exact(
      'alpha.webp',
      'WebP with alpha: alpha dropped',
      await transparent.clone().webp({ lossless: true, exact: true }).toBuffer(),
    ),
    exact('animated.webp', 'WebP of two frames: the first', await animated.clone().webp({ lossless: true }).toBuffer()),
    close('still.gif', 'GIF', await rgb.clone().gif().toBuffer()),
    close('animated.gif', 'GIF of two frames: the first', await animated.clone().gif().toBuffer()),
    close('lossy.avif', 'AVIF', await rgb.clone().avif({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer()),
  ];
}

/** A profile as cameras and phones embed it. */
async function displayP3(): Promise<Uint8Array> {
  const { icc } = await sharp(await pixels(quarters).withIccProfile('p3').png().toBuffer()).metadata();
  if (!icc) throw new Error('sharp attached no profile');
  return icc;
}

/** JPEG's way to carry a profile: a segment after the start marker. */
function withJpegProfile(jpeg: Uint8Array, profile: Uint8Array): Uint8Array {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(2 + 14 + profile.length);
  const segment = [Uint8Array.of(0xff, 0xe2), length, Buffer.from('ICC_PROFILE\0'), Uint8Array.of(1, 1), profile];
  return Buffer.concat([jpeg.subarray(0, 2), ...segment, jpeg.subarray(2)]);
}
