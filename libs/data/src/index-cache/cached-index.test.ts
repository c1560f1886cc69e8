import { chmod, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { stampOf } from '../files/file-stamp.ts';
import { temporaryFolder } from '../testdata/temporary-folder.ts';
import { cachedIndex, type Built } from './cached-index.ts';
import { indexFolder } from './index-folder.ts';

interface Index {
  readonly numbers: Float64Array;
  readonly text: string;
}

/** A source that settled long ago, and an index of it that counts how often it is made. */
async function source(): Promise<{
  readonly path: string;
  readonly made: () => number;
  readonly build: () => Promise<Built<Index>>;
}> {
  const path = join(await temporaryFolder(), 'source');
  await writeFile(path, 'x');
  await utimes(path, 1000, 1000);
  let count = 0;
  return {
    path,
    made: () => count,
    build: async () => {
      const stamp = await stampOf(path);
      count++;
      return { index: { numbers: Float64Array.of(0.5, count), text: 'Ωμέγα' }, sources: stamp ? [stamp] : [] };
    },
  };
}

const filesOf = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

describe('cachedIndex', () => {
  it('makes an index once, and gives it back as it was', async () => {
    const folder = join(await temporaryFolder(), 'not/there/yet');
    const { build, made } = await source();
    const first = await cachedIndex(['a', 1], build, folder);
    expect(await cachedIndex(['a', 1], build, folder)).toEqual(first);
    expect([made(), await filesOf(folder)]).toEqual([1, [expect.stringMatching(/^[0-9a-f]{32}\.index$/)]]);
    await cachedIndex(['b', 1], build, folder);
    expect(made()).toBe(2);
  });

  it('makes it anew when the source changed: content, time or being there', async () => {
    const folder = await temporaryFolder();
    const { build, made, path } = await source();
    const again = (): Promise<Index> => cachedIndex('a', build, folder);
    await again();
    await utimes(path, 2000, 2000);
    await again();
    expect(made()).toBe(2);
    await writeFile(path, 'xy');
    await utimes(path, 2000, 2000);
    await again();
    await again();
    expect(made()).toBe(3);
    await rm(path);
    await again();
    expect(made()).toBe(4);
  });

  it('does not keep an index of what changed a moment ago', async () => {
    const folder = await temporaryFolder();
    const { build, path } = await source();
    vi.useFakeTimers({ toFake: ['Date'], now: 10_000_000 });
    onTestFinished(() => void vi.useRealTimers());
    await utimes(path, 9999, 9999);
    await cachedIndex('a', build, folder);
    expect(await filesOf(folder)).toEqual([]);
    vi.setSystemTime(10_002_000);
    await cachedIndex('a', build, folder);
    expect(await filesOf(folder)).toHaveLength(1);
  });

  it('survives a damaged cache: cut short, a bit turned, another form, another index, a folder', async () => {
    const folder = await temporaryFolder();
    const { build, made } = await source();
    const again = (): Promise<Index> => cachedIndex('a', build, folder);
    await again();
    const file = join(folder, (await filesOf(folder))[0] ?? '');
    const good = await readFile(file);
    const turned = Buffer.from(good);
    turned.writeUInt8(turned.readUInt8(good.length - 3) ^ 4, good.length - 3);
    let expected = 1;
    for (const bad of [good.subarray(0, 60), Buffer.alloc(0), turned, Buffer.from('tessera index 0\nold')]) {
      await writeFile(file, bad);
      expect((await again()).text).toBe('Ωμέγα');
      expect(made()).toBe(++expected);
    }
    await again();
    expect(made()).toBe(expected);
    await rm(file);
    await mkdir(join(file, 'full'), { recursive: true });
    expect((await again()).text).toBe('Ωμέγα');
    expect((await filesOf(folder)).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it('works without a cache that can be written', async () => {
    const { build } = await source();
    const blocked = join(await temporaryFolder(), 'file');
    await writeFile(blocked, '');
    expect((await cachedIndex('a', build, join(blocked, 'index'))).text).toBe('Ωμέγα');
    const readOnly = await temporaryFolder();
    await chmod(readOnly, 0o500);
    expect((await cachedIndex('a', build, readOnly)).text).toBe('Ωμέγα');
    expect((await cachedIndex('a', build, undefined)).text).toBe('Ωμέγα');
  });

  it('keeps the hundred that were used last', async () => {
    const folder = await temporaryFolder();
    const { build } = await source();
    for (let i = 0; i < 100; i++) {
      await writeFile(join(folder, `${String(i)}.index`), '');
      await utimes(join(folder, `${String(i)}.index`), i, i);
    }
    await cachedIndex('a', build, folder);
    const left = await filesOf(folder);
    expect([left.length, left.includes('0.index'), left.includes('1.index')]).toEqual([100, false, true]);
  });
});

it('keeps indexes in the cache folder of the person, never with the data', () => {
  expect(indexFolder({ HOME: '/home/me' })).toBe('/home/me/.cache/tessera/index');
  expect(indexFolder({ HOME: '/home/me', XDG_CACHE_HOME: '/var/me' })).toBe('/var/me/tessera/index');
  expect(indexFolder({ HOME: '/home/me', XDG_CACHE_HOME: 'relative' })).toBe('/home/me/.cache/tessera/index');
  expect(indexFolder({ TESSERA_CACHE: '/fast', XDG_CACHE_HOME: '/var/me' })).toBe('/fast/index');
  expect(indexFolder({ TESSERA_CACHE: 'off' })).toBeUndefined();
});
