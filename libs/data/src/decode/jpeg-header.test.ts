import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { jpegHeader } from './jpeg-header.ts';

async function jpeg(orientation?: number): Promise<Buffer> {
  const image = sharp({ create: { width: 20, height: 10, channels: 3, background: 'red' } });
  return (orientation === undefined ? image : image.withMetadata({ orientation })).jpeg().toBuffer();
}

describe('jpegHeader', () => {
  it('reads size, components and orientation', async () => {
    const size = { width: 20, height: 10, components: 3, precision: 8 };
    expect(jpegHeader(await jpeg())).toEqual({ ...size, orientation: 1 });
    for (let orientation = 1; orientation <= 8; orientation++)
      expect(jpegHeader(await jpeg(orientation))).toEqual({ ...size, orientation });
  });

  it('leaves odd EXIF alone', async () => {
    const bytes = await jpeg(6);
    const tag = bytes.findIndex((_, i) => bytes.readUInt32BE(Math.min(i, bytes.length - 4)) === 0x12010300); // little endian
    bytes[tag + 8] = 99;
    expect(jpegHeader(bytes)).toBeUndefined();
  });

  it('skips padding before a marker', async () => {
    const bytes = await jpeg();
    const padded = Buffer.concat([bytes.subarray(0, 2), Buffer.from([0xff, 0xff]), bytes.subarray(2)]);
    expect(jpegHeader(padded)?.width).toBe(20);
  });

  it('reads no byte beyond the end, whatever the bytes', async () => {
    const bytes = await jpeg(6);
    for (let length = 0; length < bytes.length; length++) jpegHeader(bytes.subarray(0, length));
    for (let at = 2; at < bytes.length; at++)
      for (const value of [0, 1, 0x7f, 0xff]) {
        const changed = Uint8Array.from(bytes);
        changed[at] = value;
        jpegHeader(changed);
      }
    expect(jpegHeader(new Uint8Array([0xff, 0xd8]))).toBeUndefined();
    expect(jpegHeader(new Uint8Array(0))).toBeUndefined();
    expect(jpegHeader(new Uint8Array(64))).toBeUndefined();
  });

  it('leaves rare kinds alone: lossless and arithmetic frames, EXIF after the frame', async () => {
    const bytes = await jpeg();
    const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
    for (const kind of [0xc3, 0xc5, 0xc9, 0xca]) {
      bytes[frame + 1] = kind;
      expect(jpegHeader(bytes)).toBeUndefined();
    }
    const turned = await jpeg(6);
    const exif = turned.indexOf(Buffer.from([0xff, 0xe1]));
    const length = 2 + turned.readUInt16BE(exif + 2);
    const segment = turned.subarray(exif, exif + length);
    const rest = Buffer.concat([turned.subarray(0, exif), turned.subarray(exif + length)]);
    const at = rest.indexOf(Buffer.from([0xff, 0xc4])); // the Huffman tables stand after the frame
    expect(jpegHeader(rest)?.orientation).toBe(1);
    expect(jpegHeader(Buffer.concat([rest.subarray(0, at), segment, rest.subarray(at)]))).toBeUndefined();
  });
});
