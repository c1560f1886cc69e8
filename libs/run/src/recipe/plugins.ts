import { realpathSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf, pluginOf, TesseraError, type PluginModule } from '@tessera/core';
import { adviceOnMissing } from './missing-plugin.ts';
import { loadFailure } from './plugin-failure.ts';

/** A plugin with the module it came from. */
export type LoadedPlugin = Required<PluginModule>;

/**
 * Resolves a plugin's name to a module as if it were required from the recipe, then from the working directory. Relative paths start
 * at the recipe's folder.
 * @returns its file URL, links followed
 * @throws TesseraError `E_PLUGIN_NOT_FOUND`
 */
export function resolvePlugin(specifier: string, folder: string): string {
  const path = pathOf(specifier, folder);
  // The recipe's folder often is the working directory, and a link may lead from one to the other.
  const bases = path === undefined ? [...new Set([folder, process.cwd()].map(real))] : [folder];
  const reasons = new Set<string>();
  for (const base of bases) {
    try {
      if (isBuiltin(specifier)) throw new Error('it is a module of Node itself');
      const found = createRequire(join(base, 'recipe.yaml')).resolve(path ?? specifier);
      return pathToFileURL(realpathSync(found)).href;
    } catch (error) {
      reasons.add(messageOf(error).split('\n')[0] ?? '');
    }
  }
  throw new TesseraError({
    code: 'E_PLUGIN_NOT_FOUND',
    message: `the plugin '${specifier}' cannot be found from ${bases.map((base) => `'${base}'`).join(' or ')} (${[...reasons].join('; ')})`,
    next: adviceOnMissing(specifier, { path, folder, reasons: [...reasons] }),
  });
}

/** The path that a specifier gives; undefined: it names a package. */
function pathOf(specifier: string, folder: string): string | undefined {
  if (specifier.startsWith('file:')) {
    try {
      return fileURLToPath(specifier);
    } catch {
      return resolve(folder, specifier); // not a file's URL: nothing is there either
    }
  }
  return specifier.startsWith('.') || isAbsolute(specifier) ? resolve(folder, specifier) : undefined;
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * Imports a resolved plugin.
 * @throws TesseraError `E_PLUGIN_LOAD`, `E_PLUGIN_SHAPE`
 */
export async function loadPlugin(specifier: string, module: string): Promise<LoadedPlugin> {
  try {
    // What is loaded from here on has its stacks in the sources that it was compiled from, where it brings source maps.
    process.setSourceMapsEnabled(true);
    return { plugin: pluginOf(await imported(specifier, module), specifier), module };
  } catch (error) {
    if (error instanceof TesseraError) throw error;
    throw loadFailure(specifier, fileURLToPath(module), error);
  }
}

/** A module that awaits what never comes would end the process without a word. */
async function imported(specifier: string, module: string): Promise<unknown> {
  let stuck: () => void = () => undefined;
  const nothing = new Promise<never>((_resolve, reject) => {
    stuck = () => {
      reject(
        new TesseraError({
          code: 'E_PLUGIN_LOAD',
          message: `the plugin '${specifier}' (${fileURLToPath(module)}) awaits something at its top level that never comes`,
          next: 'Move the await into what the plugin builds; importing it should do nothing.',
          kind: 'failure',
        }),
      );
    };
  });
  process.once('beforeExit', stuck);
  try {
    return await Promise.race([import(module), nothing]);
  } finally {
    process.off('beforeExit', stuck);
  }
}

/**
 * Refuses a plugin that is listed twice, or twice under one name.
 * @param specifiers as the recipe lists them, in the order of `loaded`
 * @param builtins names of the plugins that come with Tessera
 * @throws TesseraError `E_PLUGIN_DUPLICATE`
 */
export function requireDistinct(
  loaded: readonly LoadedPlugin[],
  specifiers: readonly string[],
  builtins: readonly string[],
): void {
  loaded.forEach(({ plugin: { name }, module }, i) => {
    if (builtins.includes(name)) {
      throw duplicate(
        `'${specifiers[i] ?? name}' is the plugin '${name}', which comes with Tessera`,
        'Take it out of `plugins:`; its extensions are there already.',
      );
    }
    const before = loaded.slice(0, i).findIndex((other) => other.module === module || other.plugin.name === name);
    if (before < 0) return;
    const [first = name, second = name] = [specifiers[before], specifiers[i]];
    if (loaded[before]?.module !== module) {
      throw duplicate(
        `two plugins are named '${name}': '${first}' and '${second}'`,
        'Rename one of them where it calls definePlugin.',
      );
    }
    throw duplicate(
      first === second
        ? `the plugin '${first}' is listed twice under \`plugins:\``
        : `'${first}' and '${second}' under \`plugins:\` are one module, ${fileURLToPath(module)}`,
      'List it once.',
    );
  });
}

function duplicate(message: string, next: string): TesseraError {
  return new TesseraError({ code: 'E_PLUGIN_DUPLICATE', message, next });
}
