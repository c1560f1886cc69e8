import { crc32 } from 'node:zlib';
import sharp, { type Create, type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decode } from './decode.ts';

function colour(background: Create['background'], channels: 3 | 4 = 3, width = 4, height = 2): Sharp {
  return sharp({ create: { width, height, channels, background } });
}

async function firstPixel(bytes: Uint8Array): Promise<number[]> {
  const { data } = await decode(bytes);
  return [...data.subarray(0, 3)];
}

describe('decode', () => {
  it('gives width * height * 3 bytes', async () => {
    const image = await decode(await colour({ r: 10, g: 20, b: 30 }).png().toBuffer());
    expect([image.width, image.height, image.data.length]).toEqual([4, 2, 24]);
    expect([...image.data.subarray(3, 6)]).toEqual([10, 20, 30]);
  });

  it('repeats gray', async () => {
    const gray = colour({ r: 100, g: 100, b: 100 }).toColourspace('b-w');
    expect(await firstPixel(await gray.clone().png().toBuffer())).toEqual([100, 100, 100]);
    expect(await firstPixel(await gray.clone().jpeg().toBuffer())).toEqual([100, 100, 100]);
  });

  it('drops alpha: the colour under it stays', async () => {
    const half = await colour({ r: 200, g: 100, b: 0, alpha: 0.5 }, 4).png().toBuffer();
    expect(await firstPixel(half)).toEqual([200, 100, 0]);
    const gray = colour({ r: 255, g: 255, b: 255, alpha: 0 }, 4).toColourspace('b-w');
    expect(await firstPixel(await gray.png().toBuffer())).toEqual([255, 255, 255]);
  });

  it('reduces 16 bits to 8, unpacks palettes, takes the first frame', async () => {
    const source = colour({ r: 255, g: 128, b: 0 });
    expect(await firstPixel(await source.clone().toColourspace('rgb16').png().toBuffer())).toEqual([255, 128, 0]);
    expect(await firstPixel(await source.clone().png({ palette: true }).toBuffer())).toEqual([255, 128, 0]);
    const [red = 0, green = 0] = await firstPixel(await source.clone().gif().toBuffer());
    expect(red).toBeGreaterThan(250);
    expect(Math.abs(green - 128)).toBeLessThan(5);
  });

  it('applies the EXIF orientation', async () => {
    const turned = await decode(await colour({ r: 1, g: 2, b: 3 }).withMetadata({ orientation: 6 }).jpeg().toBuffer());
    expect([turned.width, turned.height]).toEqual([2, 4]);
  });

  it('refuses what is no whole image', async () => {
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256));
    const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
    await expect(decode(whole.subarray(0, whole.length / 2))).rejects.toThrow();
    await expect(decode(new Uint8Array(0))).rejects.toThrow('the file is empty');
    await expect(decode(new TextEncoder().encode('no image'))).rejects.toThrow(/does not begin as an image/);
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    await expect(decode(new TextEncoder().encode(svg))).rejects.toThrow(/JPEG, PNG/);
  });

  it('refuses bombs before unpacking them', async () => {
    const bomb = await colour('black').png().toBuffer();
    bomb.writeUInt32BE(12_000, 16); // width and height in IHDR, then its checksum
    bomb.writeUInt32BE(12_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    await expect(decode(bomb)).rejects.toThrow(/pixel limit/);
    const jpeg = await colour('black').jpeg().toBuffer();
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    jpeg.writeUInt16BE(65_500, frame + 5);
    jpeg.writeUInt16BE(65_500, frame + 7);
    await expect(decode(jpeg)).rejects.toThrow(/pixel limit/);
  });
});
