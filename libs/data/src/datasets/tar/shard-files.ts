import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { TesseraError } from '@tessera/core';
import { missingFolder } from '../../files/missing-folder.ts';

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
    else files.push(path);
  }
  const missing = files.find((file) => !existsSync(file) || !statSync(file).isFile()); // a pipe would be waited for
  if (missing === undefined && files.length > 0) return files;
  throw new TesseraError({
    code: 'E_DATA_MISSING',
    message:
      missing === undefined ? `there are no tars at '${resolve(root, pattern)}'` : `there is no tar '${missing}'`,
    next: 'Give a tar, a folder of tars, or a pattern such as shard-{000..146}.tar, as --data or data.options.path.',
  });
}

/** The `.tar` files of a folder, sorted; hidden ones left out. */
export async function tarsIn(folder: string): Promise<readonly string[]> {
  return matching(folder, '*.tar');
}

async function matching(folder: string, pattern: string): Promise<readonly string[]> {
  const expression = pattern
    .split(/([*?])/)
    .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&')))
    .join('');
  const accepts = new RegExp(`^${expression}$`, 's');
  const names = await readdir(folder).catch(() => {
    throw missingFolder(folder);
  });
  return names
    .filter((name) => !name.startsWith('.') && accepts.test(name))
    .sort()
    .map((name) => join(folder, name));
}
