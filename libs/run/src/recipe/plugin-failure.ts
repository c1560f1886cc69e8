import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { messageOf, TesseraError } from '@tessera/core';

/** The error for a plugin whose module was found and cannot be loaded: what went wrong, where in it, and what to do. */
export function loadFailure(specifier: string, file: string, error: unknown): TesseraError {
  const syntax = syntaxOf(error, file);
  const said = syntax?.said ?? messageOf(error).split('\n')[0] ?? '';
  const place = syntax?.place ?? placeOf(error);
  const { reason = said, next, usage = false } = explanation(error, said);
  return new TesseraError({
    code: 'E_PLUGIN_LOAD',
    message: `the plugin '${specifier}' (${file}) failed while loading: ${reason}${place === undefined ? '' : ` (at ${place})`}`,
    next,
    kind: usage ? 'usage' : 'failure',
    cause: error,
  });
}

interface Explanation {
  /** Default: what the error says. */
  readonly reason?: string;
  readonly next: string;
  /** Whether the recipe is what must change. */
  readonly usage?: boolean;
}

function explanation(error: unknown, said: string): Explanation {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  const isTypeScript = /\.[cm]?ts"?/.test(said);
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && isTypeScript)
    return {
      reason: `it is TypeScript, which Node ${process.version} does not load`,
      next: 'Compile it (npm run build, or npx tsc) and name the JavaScript under `plugins:`, such as ./dist/index.js.',
      usage: true,
    };
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' || /^ERR_IMPORT_(ATTRIBUTE|ASSERTION)/.test(String(code)))
    return { next: 'A plugin is a JavaScript module: a file that ends in .mjs, .js or .cjs.', usage: true };
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND')
    return { next: "Run npm install in the plugin's folder, or correct its import." };
  if (said.includes('does not provide an export named'))
    return {
      next: 'Correct the import in the plugin, or install the version of that package that the plugin was written for.',
    };
  if (/(require|module|exports) is not defined/.test(said))
    return { next: 'CommonJS in a package of `"type": "module"`: use import and export, or let the file end in .cjs.' };
  if (said.includes('import statement outside a module') || said.includes("Unexpected token 'export'"))
    return { next: 'Put `"type": "module"` in the package.json beside it, or let the file end in .mjs.' };
  return { next: 'Run with --verbose for the stack; the error is in the plugin.' };
}

/** Where in the plugin: `FILE:LINE`, with the column where it is known. */
function placeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string' && /^(ERR_)?(MODULE_NOT_FOUND|UNKNOWN|IMPORT)/.test(code)) return undefined; // no line of it ran
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => !line.includes('node:internal'))
    .map(placeIn)
    .find((place) => place !== undefined);
}

/** The place that a line of a stack ends with. */
function placeIn(line: string): string | undefined {
  const [, url, row, column = ''] = /(file:\/\/\/[^\s()]+?|(?<=^|[\s(])\/[^\s()]+?):(\d+)(:\d+)?\)?$/.exec(line) ?? [];
  if (url === undefined || row === undefined) return undefined;
  return `${url.startsWith('file:') ? fileURLToPath(url.replace(/\?.*$/, '')) : url}:${row}${column}`;
}

interface Syntax {
  readonly said: string | undefined;
  readonly place: string | undefined;
}

/** Node keeps the line of a syntax error to itself, and prints it when it checks the file. A loader before Node says it in its own way. */
function syntaxOf(error: unknown, file: string): Syntax | undefined {
  if (!(error instanceof Error) || !(error.name === 'SyntaxError' || /^(Parse|Transform)/.test(error.message)))
    return undefined;
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: 10_000, env: {} });
  const lines = ((stderr as string | null) ?? '').split('\n');
  const said = lines.find((line) => line.startsWith('SyntaxError: '))?.replace('SyntaxError: ', '');
  return said === undefined ? undefined : { said, place: placeIn(lines[0] ?? '') };
}
