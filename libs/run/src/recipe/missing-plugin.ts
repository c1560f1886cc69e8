import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/** What was looked for. */
export interface MissingPlugin {
  /** The path that was given; undefined: a package was named. */
  readonly path: string | undefined;
  /** The recipe's. */
  readonly folder: string;
  /** What Node said, at every place. */
  readonly reasons: readonly string[];
}

/** What to do about a plugin that is not found. */
export function adviceOnMissing(specifier: string, { path, folder, reasons }: MissingPlugin): string {
  if (path !== undefined) return adviceOnPath(path, folder);
  const near = nearby(resolve(folder, specifier));
  if (near !== undefined) return `A file is named by a path: '${shown(near, folder)}'.`;
  if (/^~|:\/\//.test(specifier))
    return 'Give a package that is installed, or a file: a path that starts at the recipe with ./ or at the root with /.';
  // A package whose entry is missing is named by the entry's path.
  if (reasons.some((reason) => /Cannot find module '(\/|[A-Za-z]:)/.test(reason)))
    return 'The package is there, but not compiled: run `npm run build` in its folder.';
  if (reasons.some((reason) => reason.includes('"exports"')))
    return 'The package is there, but its package.json needs an entry under `exports` with a `default` condition.';
  if (reasons.some((reason) => reason.includes('of Node itself')))
    return 'Give a package that is installed, or the path of a file.';
  return `Install it there (npm install ${specifier}), or correct the name under \`plugins:\`.`;
}

function adviceOnPath(path: string, folder: string): string {
  if (isFolder(path)) {
    const entry = entryOf(path);
    if (entry === undefined) return 'That is a folder: give the path of the module in it.';
    const built = existsSync(entry) ? '' : ', once it is compiled: run `npm run build` there';
    return `That is a folder: give the path of its module, '${shown(entry, folder)}'${built}.`;
  }
  const near = nearby(path);
  if (near !== undefined) return `Did you mean '${shown(near, folder)}'?`;
  return `Give a path relative to the recipe, which is in '${folder}'.`;
}

/** The module of a package's folder, there or not yet; else one that is usually called so. */
function entryOf(folder: string): string | undefined {
  const named = entryIn(join(folder, 'package.json'));
  if (named !== undefined) return resolve(folder, named);
  return ['index.mjs', 'dist/index.js', 'index.cjs', 'src/index.ts']
    .map((file) => join(folder, file))
    .find((file) => existsSync(file));
}

/** What a package.json gives as the package's module. */
function entryIn(file: string): string | undefined {
  try {
    const content = recordOf(JSON.parse(readFileSync(file, 'utf8')));
    const main = recordOf(content['exports'])['.'] ?? content['exports'];
    const entry = [main, recordOf(main)['default'], recordOf(main)['import'], content['main']];
    return entry.find((candidate) => typeof candidate === 'string');
  } catch {
    return undefined; // none, or none that can be read
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** A file that the path may have meant: with an extension. */
function nearby(path: string): string | undefined {
  const candidates = ['', '.mjs', '.js', '.cjs', '.ts'].map((extension) => path + extension);
  return candidates.find((candidate) => existsSync(candidate) && !isFolder(candidate));
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function shown(path: string, folder: string): string {
  const short = relative(folder, path);
  return short.startsWith('..') ? short : `./${short}`;
}
