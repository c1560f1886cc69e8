import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isTesseraError, messageOf, TesseraError } from '@tessera/core';
import { parseDocument } from 'yaml';
import { cutTexts, type CutText } from './cut-texts.ts';
import type { Notice } from './notice.ts';
import { findStranger } from './plain.ts';

/** A recipe file's content before validation. */
export interface RecipeSource {
  /** Absolute. */
  readonly file: string;
  /** The recipe's folder: base of its relative paths. */
  readonly folder: string;
  readonly content: Record<string, unknown>;
  readonly notices?: readonly Notice[];
}

/**
 * Reads a YAML, JSON or TypeScript/JavaScript recipe (default export: the recipe, or a function that returns it).
 * @throws TesseraError `E_RECIPE_NOT_FOUND`, `E_RECIPE_TYPE`, `E_RECIPE_SYNTAX` with the line, `E_RECIPE_SHAPE`
 */
export async function readRecipe(path: string): Promise<RecipeSource> {
  const file = resolve(path);
  if (!existsSync(file)) {
    throw new TesseraError({
      code: 'E_RECIPE_NOT_FOUND',
      message: `there is no recipe at '${path}'`,
      next: 'Give the path of a .yaml, .json or .ts file; examples are in the recipes/ folder.',
    });
  }
  const { content, notices } = await load(file, path);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new TesseraError({
      code: 'E_RECIPE_SHAPE',
      message: `the recipe '${path}' is ${content === null ? 'empty' : `a ${Array.isArray(content) ? 'list' : typeof content}`}; expected keys and values`,
      next: 'Start with `method: { name: simclr }`.',
    });
  }
  const stranger = findStranger(content);
  if (stranger) {
    throw new TesseraError({
      code: 'E_RECIPE_SHAPE',
      message: `'${stranger.path}' in the recipe '${path}' is ${stranger.what}; expected numbers, texts, lists and keys with values`,
      next: 'Give a value that could be written in a YAML file.',
    });
  }
  return { file, folder: dirname(file), content: { ...content }, notices };
}

interface Loaded {
  readonly content: unknown;
  readonly notices: readonly Notice[];
}

async function load(file: string, shown: string): Promise<Loaded> {
  switch (extname(file)) {
    case '.yaml':
    case '.yml':
    case '.json':
      return parseText(await readText(file, shown), shown, dirname(file));
    case '.ts':
    case '.mts':
    case '.js':
    case '.mjs':
      return { content: await evaluate(file, shown), notices: [] };
    default:
      throw new TesseraError({
        code: 'E_RECIPE_TYPE',
        message: `'${shown}' is not a recipe file: its name ends in '${extname(file)}'`,
        next: 'Recipes end in .yaml, .yml, .json, .ts, .mts, .js or .mjs.',
      });
  }
}

async function readText(file: string, shown: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new TesseraError({
      code: 'E_RECIPE_NOT_FOUND',
      message: `the recipe '${shown}' cannot be read: ${messageOf(error)}`,
      next: 'Give the path of a readable file.',
    });
  }
}

/** JSON is YAML too, so one parser gives both their line numbers. */
function parseText(text: string, shown: string, folder: string): Loaded {
  const document = parseDocument(text, { prettyErrors: true });
  // A warning is a tag that nobody knows: `path: !x` would be no path at all.
  const error = document.errors[0] ?? document.warnings[0];
  if (!error) {
    try {
      return { content: document.toJS() as unknown, notices: cutNotices(cutTexts(document, text, folder), shown) };
    } catch (unresolved) {
      if (isTesseraError(unresolved)) throw unresolved;
      throw syntaxError(
        `${shown}: ${messageOf(unresolved).split('\n')[0] ?? ''}`,
        'Quote a text that begins with *, or define the alias.',
      );
    }
  }
  const at = error.linePos?.[0];
  const [reason = error.message] = error.message.split(/ at line |\n/);
  throw syntaxError(
    `${shown}${at ? `:${at.line}:${at.col}` : ''}: ${reason}`,
    error.code === 'TAG_RESOLVE_FAILED'
      ? 'Put a text that begins with ! in quotes.'
      : 'Correct the syntax at that line and run again.',
  );
}

/** @throws TesseraError `E_RECIPE_SYNTAX` where a text is cut for certain */
function cutNotices(cut: readonly CutText[], shown: string): readonly Notice[] {
  return cut.map(({ line, value, whole, isFile }) => {
    const message = `${shown}:${String(line)}: YAML reads '${value}' and takes the rest of '${whole}' for a comment`;
    if (isFile) throw syntaxError(message, `There is such a file: put it in quotes, "${whole}".`);
    return {
      code: 'W_RECIPE_COMMENT',
      message: `${message}; put the text in quotes, or a space after the #`,
    };
  });
}

function syntaxError(message: string, next: string): TesseraError {
  return new TesseraError({ code: 'E_RECIPE_SYNTAX', message, next });
}

async function evaluate(file: string, shown: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    const exported = unwrapDefault(module);
    return typeof exported === 'function' ? await (exported as () => unknown)() : exported;
  } catch (error) {
    throw new TesseraError({
      code: 'E_RECIPE_SYNTAX',
      message: `the recipe '${shown}' failed: ${messageOf(error).split('\n')[0] ?? ''}`,
      next: 'Run with --verbose for the stack.',
      cause: error,
    });
  }
}

/** A TypeScript file outside a `type: module` package is loaded as CommonJS: its default export is one level down. */
function unwrapDefault(module: { default?: unknown }): unknown {
  const { default: outer } = module;
  if (typeof outer === 'object' && outer !== null && 'default' in outer && Reflect.get(outer, '__esModule') === true)
    return outer.default;
  return outer;
}
