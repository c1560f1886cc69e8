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

/** Identity for types. @example export default definePlugin({ name: 'tessera-vicreg', contract: 2, extensions: [vicreg] }) */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}

/**
 * Finds the plugin in an imported module: its default export, or one named `plugin`.
 * @throws TesseraError `E_PLUGIN_SHAPE`
 */
export function pluginOf(module: unknown, specifier: string): Plugin {
  for (const key of ['default', 'plugin']) {
    const candidate: unknown = typeof module === 'object' && module !== null ? Reflect.get(module, key) : undefined;
    if (isPlugin(candidate)) return candidate;
  }
  throw new TesseraError({
    code: 'E_PLUGIN_SHAPE',
    message: `'${specifier}' was loaded, but has no plugin in its exports`,
    next: 'Its main module must have `export default definePlugin({ name, contract, extensions })`; see docs/plugins.md.',
  });
}

function isPlugin(value: unknown): value is Plugin {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'name') === 'string' &&
    Array.isArray(Reflect.get(value, 'extensions'))
  );
}
