import { basename, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { parseOptions, TesseraError, type PluginModule } from '@tessera/core';
import { collectExtensions, type Extensions } from './extensions.ts';
import { definedOnly } from './defined-only.ts';
import { parseAssignment } from './recipe/assignment.ts';
import { suggestingElsewhere } from './recipe/known-options.ts';
import type { Notice } from './recipe/notice.ts';
import { applyOverrides, applyPlugins } from './recipe/overrides.ts';
import { loadPlugin, requireDistinct, resolvePlugin } from './recipe/plugins.ts';
import { readRecipe, type RecipeSource } from './recipe/read.ts';
import { requireFit } from './recipe/require-fit.ts';
import { parseRecipe, resolveRecipe, type ResolvedRecipe } from './recipe/resolve.ts';

/** What a caller may change in a recipe. */
export interface RecipeChanges {
  /** Assignments in the order in which they take effect: `trainer.epochs=20`, `optimizer=sgd`, `objective.options.temperature=null`. */
  readonly set?: readonly string[];
  /** Folder of images, relative to the working directory. */
  readonly data?: string;
  /** `trainer.engine`, `trainer.device`, `trainer.precision`. */
  readonly engine?: string;
  readonly device?: string;
  readonly precision?: string;
}

/** What a recipe is prepared with. */
export interface PrepareOptions extends RecipeChanges {
  /** The extensions that a recipe may name, beside those of its own `plugins`: usually the `builtins` of @tessera/builtins. */
  readonly plugins: readonly PluginModule[];
}

/** A recipe that is in no file. */
export interface RecipeContent {
  /** As it would be written in YAML. */
  readonly content: Readonly<Record<string, unknown>>;
  /** Where its relative paths start; default: the working directory. */
  readonly folder?: string;
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
 * @param recipe path of a .yaml, .json or .ts file, or its content
 * @throws TesseraError about the recipe, its plugins or its options
 */
export async function prepareRecipe(
  recipe: string | RecipeContent,
  { plugins, ...changes }: PrepareOptions,
): Promise<PreparedRecipe> {
  const source = typeof recipe === 'string' ? await readRecipe(recipe) : { folder: process.cwd(), ...recipe };
  return prepareSource(source, plugins, changes);
}

type Source = Pick<RecipeSource, 'folder' | 'notices'> &
  Partial<Pick<RecipeSource, 'file'>> &
  Pick<RecipeContent, 'content'>;

async function prepareSource(
  source: Source,
  ours: readonly PluginModule[],
  { set = [], data, engine, device, precision }: RecipeChanges,
): Promise<PreparedRecipe> {
  const flagged = withFlags(source.content, definedOnly({ engine, device, precision }));
  const assignments = set.map(parseAssignment);
  const specifiers = parseOptions(pluginList, applyPlugins(flagged, assignments)['plugins'], 'plugins');
  const modules = specifiers.map((specifier) => ({ specifier, url: resolvePlugin(specifier, source.folder) }));
  const loaded = await Promise.all(modules.map(({ specifier, url }) => loadPlugin(specifier, url)));
  requireDistinct(
    loaded,
    specifiers,
    ours.map(({ plugin }) => plugin.name),
  );
  const extensions = collectExtensions([...ours, ...loaded]);
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

/** Whether the recipe's data set reads a folder. */
export function readsFolder({ recipe, registry }: Pick<PreparedRecipe, 'recipe' | 'registry'>): boolean {
  return registry.get('dataset', recipe.data.source).readsFolder;
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
