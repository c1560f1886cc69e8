import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { TesseraError } from '@tessera/core';
import { missingFolder } from '../../files/missing-folder.ts';
import { spelledOnDisk } from '../../files/read-named-file.ts';

/** More shards are a slip of the pen. */
const MOST = 100_000;

/** Expands `{000..146}` (with as many digits) and `{a,b}`; the shell would do it too, but a recipe has none. */
export function expandBraces(pattern: string): readonly string[] {
  const found = /\{([^{}]*)\}/.exec(pattern);
  const range = /^(\d+)\.\.(\d+)$/.exec(found?.[1] ?? '');
  if (!found || !(range || found[1]?.includes(','))) return [pattern];
  const [before, after] = [pattern.slice(0, found.index), pattern.slice(found.index + found[0].length)];
  const tails = expandBraces(after);
  const heads = range ? counted(range[1] ?? '', range[2] ?? '') : (found[1] ?? '').split(',');
  return heads.flatMap((head) => tails.map((tail) => `${before}${head}${tail}`));
}

function counted(first: string, last: string): readonly string[] {
  const count = Number(last) - Number(first) + 1;
  if (count < 1 || count > MOST) {
    throw new TesseraError({
      code: 'E_OPTION_INVALID',
      message: `the range {${first}..${last}} has ${String(count)} numbers; expected 1 to ${String(MOST)}`,
      next: 'Correct the pattern of the shards.',
    });
  }
  return Array.from({ length: count }, (_, i) => String(Number(first) + i).padStart(first.length, '0'));
}

/**
 * The tars that a pattern means: a tar, a folder of tars, or names with `{000..146}`, `{a,b}`, `*` and `?` (these two in the last part of
 * the path). In the order of the pattern, and sorted where it leaves the order open.
 * @throws TesseraError `E_DATA_MISSING`
 */
export async function shardFiles(root: string, pattern: string): Promise<readonly string[]> {
  const files: string[] = [];
  for (const path of expandBraces(pattern).map((part) => resolve(root, part))) {
    if (/[*?]/.test(basename(path))) files.push(...(await matching(dirname(path), basename(path))));
    else if (existsSync(path) && statSync(path).isDirectory()) files.push(...(await tarsIn(path)));
    else files.push(existsSync(path) ? path : ((await spelledOnDisk(path)) ?? path));
  }
  const missing = files.find((file) => !existsSync(file) || !statSync(file).isFile()); // a pipe would be waited for
  if (missing === undefined && files.length > 0) return files;
  const folder = resolve(root, pattern);
  const [packed] = existsSync(folder) && statSync(folder).isDirectory() ? await packedIn(folder) : [];
  throw new TesseraError({
    code: 'E_DATA_MISSING',
    message:
      missing === undefined ? `there are no tars at '${resolve(root, pattern)}'` : `there is no tar '${missing}'`,
    next:
      packed !== undefined
        ? `Compressed ones ('${packed}') are not read: unpack them once (gunzip, unxz, unzstd).`
        : 'Give a tar, a folder of tars, or a pattern such as shard-{000..146}.tar, as --data or data.options.path.',
  });
}

/** The `.tar` files of a folder, in capitals or not, sorted; hidden ones left out. */
export async function tarsIn(folder: string): Promise<readonly string[]> {
  return (await visibleIn(folder)).filter((name) => /\.tar$/i.test(name)).map((name) => join(folder, name));
}

const PACKED = /\.(tar\.(gz|bz2|xz|zst|lz4|z)|tgz|tbz2?|txz|tzst)$/i;

/** A warning where a folder of tars has compressed ones too, which are passed over. A packed copy of a tar is none. */
export async function packedBeside(
  root: string,
  { path }: { readonly path: string },
  shards: readonly string[],
): Promise<readonly { readonly code: string; readonly message: string }[]> {
  if (shards.includes(resolve(root, path))) return []; // one tar was asked for
  const packed: string[] = [];
  for (const folder of new Set(shards.map((shard) => dirname(shard))))
    packed.push(...(await packedIn(folder)).filter((file) => !existsSync(file.replace(PACKED, '.tar'))));
  if (packed.length === 0) return [];
  return [
    {
      code: 'W_TAR_PACKED',
      message: `${String(packed.length)} compressed tars beside the others are left out, the first '${packed[0] ?? ''}'; unpack them once (gunzip, unxz, unzstd) to read them too`,
    },
  ];
}

async function packedIn(folder: string): Promise<readonly string[]> {
  return (await visibleIn(folder)).filter((name) => PACKED.test(name)).map((name) => join(folder, name));
}

async function visibleIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => {
    throw missingFolder(folder);
  });
  return names.filter((name) => !name.startsWith('.')).sort();
}

async function matching(folder: string, pattern: string): Promise<readonly string[]> {
  const expression = pattern
    .normalize('NFC')
    .split(/([*?])/)
    .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&')))
    .join('');
  const accepts = new RegExp(`^${expression}$`, 's');
  return (await visibleIn(folder))
    .filter((name) => accepts.test(name.normalize('NFC')))
    .map((name) => join(folder, name));
}
