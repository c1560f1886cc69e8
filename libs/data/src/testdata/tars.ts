/** Tars for tests, written block by block. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, JsonObject } from '@tessera/core';
import { tarDataset } from '../datasets/tar/tar.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** An entry; `type` is the letter of the header. */
export interface Entry {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly type?: string;
  readonly link?: string;
}

const BLOCK = 512;

function header(name: string, size: number, type: string, link: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100, 'utf8');
  block.write('0000644\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write(link, 157, 100, 'utf8');
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** An entry with its padding; a name of more than 100 bytes gets a pax header before it. */
function blocksOf({ name, content = '', type = '0', link = '' }: Entry): Buffer {
  const bytes = Buffer.from(content);
  const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK);
  const own = [header(name, bytes.length, type, link), bytes, padding];
  if (Buffer.byteLength(name) <= 100) return Buffer.concat(own);
  const record = (length: number): string => `${String(length)} path=${name}\n`;
  let length = Buffer.byteLength(record(0));
  while (Buffer.byteLength(record(length)) !== length) length++;
  return Buffer.concat([blocksOf({ name: 'PaxHeader', content: record(length), type: 'x' }), ...own]);
}

/** A whole tar, with its end mark. */
export function tarOf(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.map(blocksOf), Buffer.alloc(2 * BLOCK)]);
}

export async function writeTar(path: string, entries: readonly Entry[]): Promise<string> {
  await writeFile(path, tarOf(entries));
  return path;
}

/** A new folder with tars in it, named by their paths there. */
export async function folderWith(tars: Readonly<Record<string, readonly Entry[]>>): Promise<string> {
  const root = await temporaryFolder();
  for (const [name, entries] of Object.entries(tars)) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeTar(join(root, name), entries);
  }
  return root;
}

/** Files that hold their own names. */
export const entriesOf = (names: readonly string[], prefix = ''): Entry[] =>
  names.map((name) => ({ name: `${prefix}${name}`, content: name }));

/** What is in a file of a tar, read by a copy of its locator as a worker does. */
export async function contentOf(dataset: Dataset, index: number): Promise<string> {
  const picture = await tarDataset.read(JSON.parse(JSON.stringify(dataset.locate(index))) as JsonObject);
  return picture.kind === 'encoded' ? Buffer.from(picture.bytes).toString() : 'pixels';
}

export const contentsOf = (dataset: Dataset): Promise<string[]> =>
  Promise.all(Array.from({ length: dataset.size }, (_, i) => contentOf(dataset, i)));
