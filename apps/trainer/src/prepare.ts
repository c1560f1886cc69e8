import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { parseOptions } from '@tessera/core';
import { collectExtensions, type Extensions } from './builtins.ts';
import { applyOverrides } from './recipe/overrides.ts';
import { loadPlugin, resolvePlugin } from './recipe/plugins.ts';
import { readRecipe } from './recipe/read.ts';
import { parseRecipe, resolveRecipe, type ResolvedRecipe } from './recipe/resolve.ts';

/** What the command line may change in a recipe. */
export interface RecipeChanges {
  readonly set?: readonly string[];
  /** `--data`, relative to the working directory. */
  readonly data?: string;
  readonly engine?: string;
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
export async function prepareRecipe(file: string, { set = [], data, engine, precision }: RecipeChanges = {}): Promise<PreparedRecipe> {
  const source = await readRecipe(file);
  const fromFlags = [...(engine === undefined ? [] : [`trainer.engine=${engine}`]), ...(precision === undefined ? [] : [`trainer.precision=${precision}`])];
  const content = applyOverrides(source.content, [...fromFlags, ...set]);
  const specifiers = parseOptions(pluginList, content['plugins'], 'plugins');
  const loaded = await Promise.all(specifiers.map((specifier) => loadPlugin(specifier, resolvePlugin(specifier, source.folder))));
  const extensions = collectExtensions(loaded);
  const recipe = resolveRecipe(parseRecipe(content), extensions.registry);
  return {
    ...extensions,
    recipe: {
      ...recipe,
      plugins: specifiers.map((specifier) => (specifier.startsWith('.') ? resolve(source.folder, specifier) : specifier)),
      data: { ...recipe.data, path: dataPath(recipe.data.path, source.folder, data) },
    },
  };
}

function dataPath(inRecipe: string, folder: string, flag: string | undefined): string {
  if (flag !== undefined) return resolve(flag);
  return isAbsolute(inRecipe) ? inRecipe : resolve(folder, inRecipe);
}
