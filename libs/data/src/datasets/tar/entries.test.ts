import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tarOf } from '../../testdata/tars.ts';
import { temporaryFolder } from '../../testdata/temporary-folder.ts';
import { BlockReader } from './block-reader.ts';
import { tarEntries, type TarEnd, type TarEntry } from './entries.ts';
import { parseHeader } from './header.ts';

const folder = fileURLToPath(new URL('../../testdata/tars', import.meta.url));
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<
  string,
  { readonly files: readonly unknown[]; readonly links: readonly unknown[] }
>;

function entriesOf(path: string): { readonly entries: TarEntry[]; readonly end: TarEnd } {
  const reader = new BlockReader(path, statSync(path).size);
  onTestFinished(() => {
    reader.close();
  });
  const entries: TarEntry[] = [];
  const walk = tarEntries(reader);
  for (let step = walk.next(); ; step = walk.next()) {
    if (step.done === true) return { entries, end: step.value };
    entries.push(step.value);
  }
}

async function entriesIn(bytes: Uint8Array): Promise<ReturnType<typeof entriesOf>> {
  const path = join(await temporaryFolder(), 'test.tar');
  writeFileSync(path, bytes);
  return entriesOf(path);
}

describe('tarEntries', () => {
  it.each(Object.keys(expected))("finds what Python's tarfile finds in %s", (name) => {
    const { entries, end } = entriesOf(join(folder, name));
    const files = entries.filter(({ kind }) => kind === 'file').map((e) => [e.name, e.offset, e.size]);
    const links = entries.flatMap((e) => (e.link ? [[e.name, e.link.to, e.link.hard]] : []));
    expect({ files, links }).toEqual(expected[name]);
    expect(end.how).toBe('marked');
  });

  it('reads sizes beyond 8 GB, in base 256 and in pax', () => {
    const block = tarOf([{ name: 'a.jpg' }]).subarray(0, 512);
    block.fill(0, 124, 136);
    block.writeUInt8(0x80, 124);
    block.writeUIntBE(2 ** 37, 130, 6);
    block.write('        ', 148);
    block.write(
      `${block
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    expect(parseHeader(block)?.size).toBe(2 ** 37);
  });

  it('takes the size of a pax header before that of the file', async () => {
    const tar = tarOf([
      { name: 'PaxHeader', type: 'x', content: '9 size=3\n' },
      { name: 'a.jpg', content: 'abc' },
      { name: 'b.jpg', content: 'next' },
    ]);
    tar.write('00000000000\0', 2 * 512 + 124); // the header's own size says nothing
    const header = tar.subarray(1024, 1536);
    header.write('        ', 148);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    const { entries } = await entriesIn(tar);
    expect(entries.map(({ name, size }) => [name, size])).toEqual([
      ['a.jpg', 3],
      ['b.jpg', 4],
    ]);
  });

  it('says how a tar ended', async () => {
    const tar = tarOf([
      { name: 'a.jpg', content: 'a'.repeat(700) },
      { name: 'b.jpg', content: 'b'.repeat(700) },
    ]);
    const ends = async (bytes: Uint8Array): Promise<unknown> => {
      const { entries, end } = await entriesIn(bytes);
      return [entries.length, end.how, end.at];
    };
    expect(await ends(tar)).toEqual([2, 'marked', 3072]);
    expect(await ends(tar.subarray(0, 3072))).toEqual([2, 'unmarked', 3072]);
    // The padding of the last file is missing: its content is whole.
    expect(await ends(tar.subarray(0, 3072 - 300))).toEqual([2, 'unmarked', 3072]);
    expect(await ends(tar.subarray(0, 3072 - 400))).toEqual([1, 'truncated', 1536]);
    expect(await ends(tar.subarray(0, 1536 + 100))).toEqual([1, 'truncated', 1536]);
    const damaged = Buffer.from(tar);
    damaged.write('?', 1536);
    expect(await ends(damaged)).toEqual([1, 'damaged', 1536]);
  });

  it('never runs away on noise: every tenth of a tar cut, every bit of a header turned', async () => {
    const tar = tarOf([
      { name: 'x'.repeat(300), content: 'long' },
      { name: 'b.jpg', content: 'b' },
    ]);
    for (let i = 0; i <= 10; i++) {
      const { entries } = await entriesIn(tar.subarray(0, Math.floor((tar.length * i) / 10)));
      expect(entries.length).toBeLessThanOrEqual(2);
    }
    for (let bit = 0; bit < 512 * 8; bit += 7) {
      const turned = Buffer.from(tar);
      turned.writeUInt8(turned.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const { entries, end } = await entriesIn(turned);
      expect([entries.length, end.how]).toEqual([0, 'damaged']);
    }
  });
});
