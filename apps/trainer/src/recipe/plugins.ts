import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf, pluginOf, TesseraError, type Plugin } from '@tessera/core';

/** A plugin with the module it came from, which worker threads import for themselves. */
export interface LoadedPlugin {
  readonly plugin: Plugin;
  /** File URL. */
  readonly module: string;
}

/**
 * Resolves a plugin's name to a module as if it were required from the recipe, then from the working directory. Relative paths start
 * at the recipe's folder.
 * @throws TesseraError `E_PLUGIN_NOT_FOUND`
 */
export function resolvePlugin(specifier: string, folder: string): string {
  if (specifier.startsWith('file:')) return specifier;
  const relative = specifier.startsWith('.') || isAbsolute(specifier);
  const bases = relative ? [folder] : [folder, process.cwd()];
  const reasons: string[] = [];
  for (const base of bases) {
    try {
      return pathToFileURL(
        createRequire(join(base, 'recipe.yaml')).resolve(relative ? resolve(base, specifier) : specifier),
      ).href;
    } catch (error) {
      reasons.push(messageOf(error).split('\n')[0] ?? '');
    }
  }
  throw new TesseraError({
    code: 'E_PLUGIN_NOT_FOUND',
    message: `the plugin '${specifier}' cannot be found from ${bases.map((base) => `'${base}'`).join(' or ')} (${reasons[0] ?? ''})`,
    next: advice(specifier, relative, reasons),
  });
}

/** What to do about a plugin that is not found, by what Node says of it. */
function advice(specifier: string, relative: boolean, reasons: readonly string[]): string {
  if (relative) return 'Give a path relative to the recipe.';
  // A package whose entry is missing is named by the entry's path.
  if (reasons.some((reason) => /Cannot find module '(\/|[A-Za-z]:)/.test(reason)))
    return 'The package is there, but not compiled: run `npm run build` in its folder.';
  if (reasons.some((reason) => reason.includes('"exports"')))
    return 'The package is there, but its package.json needs an entry under `exports` with a `default` condition.';
  return `Install it there (npm install ${specifier}), or correct the name under \`plugins:\`.`;
}

/**
 * Imports a resolved plugin.
 * @throws TesseraError `E_PLUGIN_LOAD`, `E_PLUGIN_SHAPE`
 */
export async function loadPlugin(specifier: string, module: string): Promise<LoadedPlugin> {
  try {
    return { plugin: pluginOf(await import(module), specifier), module };
  } catch (error) {
    if (error instanceof TesseraError) throw error;
    throw new TesseraError({
      code: 'E_PLUGIN_LOAD',
      message: `the plugin '${specifier}' (${fileURLToPath(module)}) failed while loading: ${messageOf(error).split('\n')[0] ?? ''}`,
      next: 'Run with --verbose for the stack; the error is in the plugin.',
      kind: 'failure',
      cause: error,
    });
  }
}
