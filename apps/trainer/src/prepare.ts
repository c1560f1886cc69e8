import { basename, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { parseOptions, TesseraError } from '@tessera/core';
import { builtins, collectExtensions, type Extensions } from './builtins.ts';
import { definedOnly } from './commands/defined-only.ts';
import { parseAssignment } from './recipe/assignment.ts';
import { suggestingElsewhere } from './recipe/known-options.ts';
import type { Notice } from './recipe/notice.ts';
import { applyOverrides, applyPlugins } from './recipe/overrides.ts';
import { loadPlugin, requireDistinct, resolvePlugin } from './recipe/plugins.ts';
import { readRecipe, type RecipeSource } from './recipe/read.ts';
import { requireFit } from './recipe/require-fit.ts';
import { parseRecipe, resolveRecipe, type ResolvedRecipe } from './recipe/resolve.ts';

/** What the command line may change in a recipe. */
export interface RecipeChanges {
  readonly set?: readonly string[];
  /** `--data`, relative to the working directory. */
  readonly data?: string;
  readonly engine?: string;
  readonly device?: string;
  readonly precision?: string;
}

/** A recipe that is known to be sound, and the extensions it names. */
export interface PreparedRecipe extends Extensions {
  readonly recipe: ResolvedRecipe;
  /** What to tell once, whatever is done with the recipe. */
  readonly notices: readonly Notice[];
}

const pluginList = z.array(z.string().min(1)).default([]);

/**
 * Reads, changes, completes and validates a recipe. Nothing heavy is started.
 * The result holds absolute paths, so that it means the same from any folder.
 * @throws TesseraError about the recipe, its plugins or its options
 */
export async function prepareRecipe(file: string, changes: RecipeChanges = {}): Promise<PreparedRecipe> {
  return prepareContent(await readRecipe(file), changes);
}

/** The same for a recipe that is in no file. Its relative paths start at `folder`. */
export async function prepareContent(
  source: Omit<RecipeSource, 'file'> & Partial<Pick<RecipeSource, 'file'>>,
  { set = [], data, engine, device, precision }: RecipeChanges = {},
): Promise<PreparedRecipe> {
  const flagged = withFlags(source.content, definedOnly({ engine, device, precision }));
  const assignments = set.map(parseAssignment);
  const specifiers = parseOptions(pluginList, applyPlugins(flagged, assignments)['plugins'], 'plugins');
  const modules = specifiers.map((specifier) => ({ specifier, url: resolvePlugin(specifier, source.folder) }));
  const loaded = await Promise.all(modules.map(({ specifier, url }) => loadPlugin(specifier, url)));
  requireDistinct(
    loaded,
    specifiers,
    builtins.map(({ plugin }) => plugin.name),
  );
  const extensions = collectExtensions(loaded);
  const { registry } = extensions;
  const { content, notices } = applyOverrides(flagged, assignments, registry);
  const recipe = suggestingElsewhere(content, registry, () => {
    const parsed = parseRecipe(content);
    requireFit(parsed, registry, source.file === undefined ? '' : basename(source.file));
    return resolveRecipe(parsed, registry);
  });
  if (data !== undefined) requireFolderSource(recipe, extensions);
  return {
    ...extensions,
    notices: [...(source.notices ?? []), ...notices],
    recipe: {
      ...recipe,
      plugins: modules.map(({ url }) => fileURLToPath(url)),
      data: {
        ...recipe.data,
        path: dataPath(recipe.data.path, source.folder, data),
        fileList: recipe.data.fileList === null ? null : resolve(source.folder, recipe.data.fileList),
      },
    },
  };
}

/** Flags stand for keys of `trainer`; `--set` comes after them. */
function withFlags(
  content: RecipeSource['content'],
  flags: Readonly<Partial<Record<string, string>>>,
): RecipeSource['content'] {
  const { trainer = {} } = content;
  return typeof trainer === 'object' && Object.keys(flags).length > 0
    ? { ...content, trainer: { ...trainer, ...flags } }
    : content;
}

/** Whether the recipe's data set reads a folder: it has a `path` option. */
export function readsFolder({ recipe, registry }: Pick<PreparedRecipe, 'recipe' | 'registry'>): boolean {
  const { source, options } = recipe.data;
  return registry.get('dataset', source).schema.safeParse({ ...options, path: '.' }).success;
}

/** `--data` means nothing to a data set that reads no folder. */
function requireFolderSource(recipe: ResolvedRecipe, { registry }: Extensions): void {
  if (readsFolder({ recipe, registry })) return;
  throw new TesseraError({
    code: 'E_USAGE',
    message: `--data gives a folder, but the recipe's data set '${recipe.data.source}' reads none`,
    next: 'Add --set data.source=folder to train on the folder, or leave --data out.',
  });
}

function dataPath(inRecipe: string, folder: string, flag: string | undefined): string {
  if (flag !== undefined) return resolve(flag);
  return isAbsolute(inRecipe) ? inRecipe : resolve(folder, inRecipe);
}
