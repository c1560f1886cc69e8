import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { Json } from '@tessera/core';
import { areCurrent, type FileStamp } from '../files/file-stamp.ts';
import { indexFolder } from './index-folder.ts';

/** First bytes of a file of the cache; the number changes with the form of the file. */
const MAGIC = Buffer.from('tessera index 1\n');
const CHECKSUM_BYTES = 32;
/** What changed so shortly before it was indexed may change again within the same tick of the file system's clock: not kept. */
const SETTLED_MS = 2000;
/** Indexes that are kept, the least recently used goes first. */
const KEPT = 100;

/** An index with what it was made from. */
export interface Built<T> {
  /** Arrays, typed arrays, strings and plain objects of them. */
  readonly index: T;
  /** Every file or folder that the index depends on, as it was BEFORE it was looked at. */
  readonly sources: readonly FileStamp[];
}

interface Kept<T> extends Built<T> {
  readonly of: string;
}

/**
 * An index from the cache, if everything it was made from is as it was; else made now, and kept. A cache that cannot be read or written,
 * or is damaged, costs time and nothing else.
 * @param of what is indexed and how: everything that the index depends on besides the files, with a version of its form
 */
export async function cachedIndex<T>(
  of: Json,
  build: () => Promise<Built<T>>,
  folder: string | undefined = indexFolder(),
): Promise<T> {
  if (folder === undefined) return (await build()).index;
  const id = JSON.stringify(of);
  const file = join(folder, `${createHash('sha256').update(id).digest('hex').slice(0, 32)}.index`);
  const kept = await load<T>(file, id);
  if (kept) return kept;
  const began = Date.now();
  const { index, sources } = await build();
  if (sources.every(([, , mtimeMs]) => mtimeMs < began - SETTLED_MS))
    await keep(folder, file, { of: id, index, sources });
  return index;
}

async function load<T>(file: string, id: string): Promise<T | undefined> {
  try {
    const bytes = await readFile(file);
    const payload = bytes.subarray(MAGIC.length + CHECKSUM_BYTES);
    if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
    if (!bytes.subarray(MAGIC.length, MAGIC.length + CHECKSUM_BYTES).equals(checksum(payload))) return undefined;
    const { of, index, sources } = deserialize(payload) as Kept<T>;
    if (of !== id || !(await areCurrent(sources))) return undefined;
    const now = new Date();
    await utimes(file, now, now).catch(() => undefined); // most recently used
    return index;
  } catch {
    return undefined;
  }
}

async function keep(folder: string, file: string, kept: Kept<unknown>): Promise<void> {
  const temporary = `${file}.${String(process.pid)}.new`;
  try {
    await mkdir(folder, { recursive: true });
    const payload = serialize(kept);
    await writeFile(temporary, Buffer.concat([MAGIC, checksum(payload), payload]));
    await rename(temporary, file);
    await removeOldest(folder);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

async function removeOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.index'));
  if (names.length <= KEPT) return;
  const aged = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), used: (await stat(join(folder, name))).mtimeMs })),
  );
  aged.sort((a, b) => b.used - a.used);
  for (const { path } of aged.slice(KEPT)) await rm(path, { force: true });
}

function checksum(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
