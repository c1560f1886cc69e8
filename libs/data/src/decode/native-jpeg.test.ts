import { readdirSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { decode } from './decode.ts';
import { jpegHeader } from './jpeg-header.ts';
import { nativeJpeg } from './native-jpeg.ts';
import { sharpDecode } from './sharp-decode.ts';

const folder = new URL('../testdata/decode/', import.meta.url);
const jpegs = readdirSync(folder)
  .filter((name) => name.endsWith('.jpg'))
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(new URL(name, folder))) }));

/** What a decoder says of bytes: pixels, or that they are bad. */
async function verdict(image: Promise<{ readonly data: ArrayLike<number> }>): Promise<readonly number[] | 'bad'> {
  return image.then(
    ({ data }) => Array.from(data),
    () => 'bad' as const,
  );
}

async function expectSame(bytes: Uint8Array, what: string): Promise<readonly number[] | 'bad'> {
  const ours = await verdict(decode(bytes));
  expect(ours, what).toEqual(await verdict(sharpDecode(bytes, { cmyk: jpegHeader(bytes)?.components === 4 })));
  return ours;
}

/** Noise: a file that is mostly pixels, so that damage meets them. */
async function noisy(options: { readonly progressive: boolean }): Promise<Buffer> {
  const pixels = Buffer.from(Array.from({ length: 64 * 48 * 3 }, (_, i) => (i * i * 7919) % 251));
  return sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } })
    .jpeg(options)
    .toBuffer();
}

describe('the addon changes no verdict and no pixel', () => {
  it.each([{ progressive: false }, { progressive: true }])('of truncated files (%o)', async (options) => {
    const bytes = await noisy(options);
    const verdicts: unknown[] = [];
    for (let tenth = 0; tenth <= 10; tenth++)
      verdicts.push(await expectSame(bytes.subarray(0, (bytes.length * tenth) / 10), `${tenth}/10`));
    expect(verdicts.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'bad'));
    expect(verdicts[10]).toHaveLength(64 * 48 * 3);
    await expectSame(bytes.subarray(0, -2), 'without the end marker');
    await expectSame(Buffer.concat([bytes, Buffer.from('more')]), 'with more behind');
  });

  it.each([{ progressive: false }, { progressive: true }])('of damaged files (%o)', async (options) => {
    const bytes = await noisy(options);
    for (let i = 0; i < 120; i++) {
      const damaged = Uint8Array.from(bytes);
      const at = (i * 104_729) % (8 * bytes.length);
      damaged[at >> 3] = (damaged[at >> 3] as number) ^ (1 << (at & 7));
      await expectSame(damaged, `bit ${at}`);
    }
  });

  it('of damaged EXIF', async () => {
    const bytes = jpegs.find(({ name }) => name === 'jpeg-orientation-6.jpg')?.bytes ?? new Uint8Array(0);
    const begin = Buffer.from(bytes).indexOf('Exif');
    for (let bit = 8 * (begin - 4); bit < 8 * (begin + 32); bit++) {
      const damaged = Uint8Array.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      await expectSame(damaged, `bit ${bit}`);
    }
  });
});

const native = nativeJpeg();

describe.skipIf(native === undefined)('the addon', () => {
  it('decodes ordinary files, and leaves CMYK', () => {
    for (const { name, bytes } of jpegs) {
      const { width, height } = jpegHeader(bytes) ?? { width: 0, height: 0 };
      const out = new Uint8Array(width * height * 3);
      expect(native?.decode(bytes, out, width, height), name).toBe(!name.includes('cmyk'));
    }
    expect(native?.version).toMatch(/^\d+\.\d+/);
  });

  it('refuses another size, and arguments that are none', () => {
    const bytes = jpegs[0]?.bytes ?? new Uint8Array(0);
    expect(native?.decode(bytes, new Uint8Array(48), 4, 4)).toBe(false);
    expect(native?.decode(new Uint8Array(10), new Uint8Array(48), 4, 4)).toBe(false);
    expect(() => native?.decode(bytes, new Uint8Array(47), 4, 4)).toThrow(TypeError);
    expect(() => native?.decode(bytes, new Float32Array(48) as unknown as Uint8Array, 4, 4)).toThrow(TypeError);
    expect(() => native?.decode('x' as unknown as Uint8Array, new Uint8Array(48), 4, 4)).toThrow(TypeError);
    expect(() => native?.decode(new Uint8Array(0), new Uint8Array(48), 4, 4)).toThrow(TypeError);
    expect(() => (native?.decode as () => boolean)()).toThrow(TypeError);
  });

  it('is what decode takes, and TESSERA_JPEG=off is without it', async () => {
    const bytes = jpegs[0]?.bytes ?? new Uint8Array(0);
    vi.resetModules();
    vi.stubEnv('TESSERA_JPEG', 'off');
    const { nativeJpeg: without } = await import('./native-jpeg.ts');
    expect(without()).toBeUndefined();
    vi.unstubAllEnvs();
    vi.resetModules();
    vi.doMock('sharp', () => {
      throw new Error('not here');
    });
    const { decode: alone } = await import('./decode.ts');
    expect((await alone(bytes)).data).toEqual((await decode(bytes)).data);
    vi.doUnmock('sharp');
    vi.resetModules();
  });
});
