import { Registry, type PluginModule } from '@tessera/core';

/** What a run knows: the extensions that its caller brings and those of the recipe's plugins. */
export interface Extensions {
  readonly registry: Registry;
  /** Modules that a worker must import to know an extension's plugin: file URLs. */
  readonly modulesOf: (kind: 'augmenter' | 'dataset', name: string) => string[];
}

/** @throws TesseraError `E_PLUGIN_DUPLICATE`, `E_EXTENSION_DUPLICATE`, `E_PLUGIN_CONTRACT` */
export function collectExtensions(all: readonly PluginModule[]): Extensions {
  const registry = new Registry(all.map(({ plugin }) => plugin));
  return {
    registry,
    modulesOf: (kind, name) => {
      const owner = registry.list(kind).find(({ extension }) => extension.name === name)?.plugin;
      return all.flatMap(({ plugin, module }) => (plugin.name === owner && module !== undefined ? [module] : []));
    },
  };
}
