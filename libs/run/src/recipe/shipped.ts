import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';

/** The folder recipes/ of the checkout that this runs in, as far from the source as from the build; undefined in an installed package. */
function shippedFolder(): string | undefined {
  const folder = fileURLToPath(new URL('../../../../recipes', import.meta.url));
  return existsSync(join(folder, 'simclr-shapes-demo.yaml')) ? folder : undefined;
}

/** The path of one of our recipes as a person here would type it; undefined where they are not installed. */
export function shippedRecipe(name: string): string | undefined {
  const folder = shippedFolder();
  return folder === undefined || !existsSync(join(folder, name)) ? undefined : shown(join(folder, name));
}

/**
 * Our recipes of a method, the nearest first: those that share most words of their name with `like`.
 * @param like a recipe's file name
 */
export function shippedRecipesOf(method: string, like = ''): readonly string[] {
  const folder = shippedFolder();
  if (folder === undefined) return [];
  const wanted = new Set(wordsOf(like));
  const shared = (name: string): number => wordsOf(name).filter((word) => wanted.has(word)).length;
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && methodOf(join(folder, name)) === method)
    .sort((a, b) => shared(b) - shared(a) || (a < b ? -1 : 1))
    .map((name) => shown(join(folder, name)));
}

function wordsOf(name: string): string[] {
  return name.replace(/\.[^.]*$/, '').split('-');
}

function methodOf(path: string): unknown {
  return parseDocument(readFileSync(path, 'utf8')).getIn(['method', 'name']);
}

/** Relative to here where that is below here. */
function shown(path: string): string {
  const way = relative(process.cwd(), path);
  return way.startsWith('..') ? path : way;
}
