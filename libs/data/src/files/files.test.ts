import { rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../testdata/temporary-folder.ts';
import { areCurrent, stampOf, type FileStamp } from './file-stamp.ts';
import { NameTable } from './name-table.ts';
import { OpenFiles } from './open-files.ts';
import { showPath } from './show-path.ts';

async function written(name: string, text: string): Promise<FileStamp> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, text);
  return (await stampOf(path)) ?? [path, 0, 0];
}

function openFiles(limit?: number): OpenFiles {
  const files = new OpenFiles(limit);
  onTestFinished(() => {
    files.dispose();
  });
  return files;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('OpenFiles', () => {
  it('reads pieces by position', async () => {
    const stamp = await written('a', '0123456789');
    const files = openFiles();
    expect([4, 0, 7].map((at) => text(files.read(stamp, at, 3)))).toEqual(['456', '012', '789']);
    expect(files.size).toBe(1);
  });

  it('keeps only so many files open, the least recently used is closed', async () => {
    const stamps = await Promise.all(['a', 'b', 'c', 'd'].map((name) => written(name, name)));
    const files = openFiles(2);
    for (let round = 0; round < 2; round++) {
      expect(stamps.map((stamp) => text(files.read(stamp, 0, 1)))).toEqual(['a', 'b', 'c', 'd']);
      expect(files.size).toBe(2);
    }
  });

  it('refuses a file that changed, is cut short or is gone, and can be asked again', async () => {
    const stamp = await written('a', '0123456789');
    const [path, size, mtimeMs] = stamp;
    const files = openFiles();
    const code = (expected: string): unknown => expect.objectContaining({ code: expected });
    expect(() => files.read([path, size, mtimeMs - 1], 0, 1)).toThrow(code('E_DATA_CHANGED'));
    expect(() => files.read([path, size + 1, mtimeMs], 0, 1)).toThrow(code('E_DATA_CHANGED'));
    expect(() => files.read(stamp, 8, 4)).toThrow(code('E_DATA_TRUNCATED'));
    files.dispose();
    await rename(path, `${path}.away`);
    expect(() => files.read(stamp, 0, 1)).toThrow(/ENOENT/);
    await rename(`${path}.away`, path);
    expect(text(files.read(stamp, 0, 1))).toBe('0');
  });
});

describe('stamps', () => {
  it('tell when a file was changed or removed', async () => {
    const stamp = await written('a', 'x');
    expect(await areCurrent([stamp])).toBe(true);
    await utimes(stamp[0], 1, 1);
    expect(await areCurrent([stamp])).toBe(false);
    expect(await areCurrent([[`${stamp[0]}-nowhere`, 0, 0]])).toBe(false);
  });
});

describe('NameTable', () => {
  it('gives back names in any script', () => {
    const names = ['', 'a', 'Ωμέγα/图 1.jpg', 'line\nbreak', '🦊'.repeat(2000), ''];
    const table = NameTable.of(names);
    expect([...table]).toEqual(names);
    expect([...NameTable.unpack(structuredClone(table.packed()))]).toEqual(names);
    expect([...NameTable.of([])]).toEqual([]);
  });
});

it('shows control characters instead of sending them to the terminal', () => {
  expect(showPath('a\nb\u001b[31m/Ωμέγα 图\u007f')).toBe('a\\nb\\u001b[31m/Ωμέγα 图\\u007f');
});
