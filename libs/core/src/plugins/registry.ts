import { TesseraError } from '../errors.ts';
import type { AnyExtension, ExtensionOf, Kind } from './extension.ts';
import { requireLearningRate } from './learning-rate.ts';
import { nearest } from './names.ts';
import { contractVersion, type Plugin } from './plugin.ts';

interface Entry {
  readonly extension: AnyExtension;
  readonly plugin: string;
}

/** What is known in one process (or worker): an ordinary object, built where it is needed. */
export class Registry {
  readonly #entries = new Map<string, Entry>();
  readonly #plugins = new Set<string>();

  constructor(plugins: readonly Plugin[] = []) {
    for (const plugin of plugins) this.add(plugin);
  }

  /**
   * @throws TesseraError `E_PLUGIN_DUPLICATE` if a plugin of that name is there, `E_PLUGIN_CONTRACT` where it was written for another contract,
   *   `E_EXTENSION_DUPLICATE` naming both packages, `E_OPTIMIZER_LEARNING_RATE`; nothing is added then
   */
  add(plugin: Plugin): void {
    if (this.#plugins.has(plugin.name)) {
      throw new TesseraError({
        code: 'E_PLUGIN_DUPLICATE',
        message: `two plugins are named '${plugin.name}'`,
        next: 'List each package once under `plugins:`, or rename one of them.',
      });
    }
    refuseOtherContract(plugin);
    const added = new Map<string, Entry>();
    for (const extension of plugin.extensions) {
      const id = `${extension.kind}:${extension.name}`;
      const other = this.#entries.get(id) ?? added.get(id);
      if (other) {
        throw new TesseraError({
          code: 'E_EXTENSION_DUPLICATE',
          message: `${extension.kind} '${extension.name}' is defined by both '${other.plugin}' and '${plugin.name}'`,
          next: 'Remove one of the two packages from `plugins:`, or rename one of the extensions.',
        });
      }
      if (extension.kind === 'optimizer') requireLearningRate(extension, plugin.name);
      added.set(id, { extension, plugin: plugin.name });
    }
    for (const [id, entry] of added) this.#entries.set(id, entry);
    this.#plugins.add(plugin.name);
  }

  /** @throws TesseraError `E_EXTENSION_UNKNOWN` listing what is known */
  get<K extends Kind>(kind: K, name: string): ExtensionOf<K> {
    const entry = this.#entries.get(`${kind}:${name}`);
    if (entry) return entry.extension as ExtensionOf<K>;
    const known = this.list(kind).map(({ extension }) => extension.name);
    const guess = nearest(name, known);
    throw new TesseraError({
      code: 'E_EXTENSION_UNKNOWN',
      message: `unknown ${kind} '${name}'${guess ? `; did you mean '${guess}'?` : ''}`,
      next: `Known: ${known.join(', ') || 'none'}. A package that adds it must be listed under \`plugins:\` in the recipe.`,
    });
  }

  /** All extensions, or all of one kind, in order of addition, with the plugin each came from. */
  list(kind?: Kind): readonly Entry[] {
    return [...this.#entries.values()].filter(({ extension }) => kind === undefined || extension.kind === kind);
  }
}

/** @throws TesseraError `E_PLUGIN_CONTRACT` */
function refuseOtherContract({ name, contract }: { readonly name: string; readonly contract?: unknown }): void {
  if (contract === contractVersion) return;
  const written =
    contract === undefined
      ? 'does not say which contract it was written for'
      : `was written for contract ${JSON.stringify(contract)}`;
  throw new TesseraError({
    code: 'E_PLUGIN_CONTRACT',
    message: `the plugin '${name}' ${written}; this Tessera has contract ${String(contractVersion)}`,
    next:
      typeof contract === 'number' && contract > contractVersion
        ? 'Install a newer Tessera, or an older version of the package.'
        : `Install a version of the package for contract ${String(contractVersion)}; its author finds the changes in CHANGELOG.md and writes \`contract: ${String(contractVersion)}\` in definePlugin.`,
  });
}
