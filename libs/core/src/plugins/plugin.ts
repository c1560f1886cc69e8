import { TesseraError } from '../errors.ts';
import type { AnyExtension } from './extension.ts';

/** Of all that extensions promise and are promised. It grows by one when a package that kept the old promises would not work any more. */
export const contractVersion = 2;

/** A package's contribution: plain data. A plugin module exports one as its default export. */
export interface Plugin {
  /** The package's name. */
  readonly name: string;
  /** The version of the contract that it was written for, {@link contractVersion}; a registry takes no other. */
  readonly contract: typeof contractVersion;
  readonly extensions: readonly AnyExtension[];
}

/** A plugin, and where a worker thread finds it. */
export interface PluginModule {
  readonly plugin: Plugin;
  /** File URL of the module that it is the default export of. Absent: no worker needs it (it has no augmenter and no data set). */
  readonly module?: string;
}

/** Identity for types. @example export default definePlugin({ name: 'tessera-vicreg', contract: 2, extensions: [vicreg] }) */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}

/**
 * Finds the plugin in an imported module: its default export, or one named `plugin`. What a compiler made of a module for `require` has
 * them one level down.
 * @throws TesseraError `E_PLUGIN_SHAPE`
 */
export function pluginOf(module: unknown, specifier: string): Plugin {
  const exported = property(module, 'default');
  const candidates = [module, exported].flatMap((from) => [property(from, 'default'), property(from, 'plugin')]);
  const plugin = candidates.find(isPlugin);
  if (plugin) {
    requireExtensions(plugin, specifier);
    return plugin;
  }
  const lone = candidates.find(isExtension);
  throw new TesseraError({
    code: 'E_PLUGIN_SHAPE',
    message: lone
      ? `'${specifier}' was loaded, but exports the ${lone.kind} '${lone.name}' itself, not a plugin`
      : `'${specifier}' was loaded, but has no plugin in its exports`,
    next: `Its main module must have \`export default definePlugin({ name, contract, extensions${lone ? ': [...]' : ''} })\`; see docs/plugins.md.`,
  });
}

function requireExtensions({ name, extensions }: Plugin, specifier: string): void {
  const at = (extensions as readonly unknown[]).findIndex((extension) => !isExtension(extension));
  if (at < 0) return;
  const found: unknown = extensions[at];
  throw new TesseraError({
    code: 'E_PLUGIN_SHAPE',
    message: `entry ${String(at + 1)} of the extensions of the plugin '${name}' ('${specifier}') is ${found === undefined ? 'undefined' : 'no extension'}`,
    next: 'List what defineMethod, defineObjective and the like return; undefined often is a name that its module does not export, or an import in a circle.',
  });
}

function property(of: unknown, key: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, key) : undefined;
}

function isPlugin(value: unknown): value is Plugin {
  return typeof property(value, 'name') === 'string' && Array.isArray(property(value, 'extensions'));
}

function isExtension(value: unknown): value is AnyExtension {
  return (
    typeof property(value, 'kind') === 'string' &&
    typeof property(value, 'name') === 'string' &&
    typeof property(value, 'parse') === 'function' &&
    typeof property(value, 'build') === 'function'
  );
}
