import { basename, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { parseOptions, TesseraError } from '@tessera/core';
import { collectExtensions, type Extensions } from './builtins.ts';
import { applyOverrides } from './recipe/overrides.ts';
import { loadPlugin, resolvePlugin } from './recipe/plugins.ts';
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
  source: Pick<RecipeSource, 'content' | 'folder'> & Partial<Pick<RecipeSource, 'file'>>,
  { set = [], data, engine, device, precision }: RecipeChanges = {},
): Promise<PreparedRecipe> {
  const fromFlags = [
    ...(engine === undefined ? [] : [`trainer.engine=${engine}`]),
    ...(device === undefined ? [] : [`trainer.device=${device}`]),
    ...(precision === undefined ? [] : [`trainer.precision=${precision}`]),
  ];
  const content = applyOverrides(source.content, [...fromFlags, ...set]);
  const specifiers = parseOptions(pluginList, content['plugins'], 'plugins');
  const modules = specifiers.map((specifier) => ({ specifier, url: resolvePlugin(specifier, source.folder) }));
  const loaded = await Promise.all(modules.map(({ specifier, url }) => loadPlugin(specifier, url)));
  const extensions = collectExtensions(loaded);
  const parsed = parseRecipe(content);
  requireFit(parsed, extensions.registry, source.file === undefined ? '' : basename(source.file));
  const recipe = resolveRecipe(parsed, extensions.registry);
  if (data !== undefined) requireFolderSource(recipe, extensions);
  return {
    ...extensions,
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

/** `--data` means nothing to a data set that reads no folder. */
function requireFolderSource({ data }: ResolvedRecipe, { registry }: Extensions): void {
  const { schema } = registry.get('dataset', data.source);
  if (schema.safeParse({ ...data.options, path: '.' }).success) return;
  throw new TesseraError({
    code: 'E_USAGE',
    message: `--data gives a folder, but the recipe's data set '${data.source}' reads none`,
    next: 'Add --set data.source=folder to train on the folder, or leave --data out.',
  });
}

function dataPath(inRecipe: string, folder: string, flag: string | undefined): string {
  if (flag !== undefined) return resolve(flag);
  return isAbsolute(inRecipe) ? inRecipe : resolve(folder, inRecipe);
}
