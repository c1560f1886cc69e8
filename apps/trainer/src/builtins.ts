import { augmentModule, augmentPlugin } from '@tessera/augment';
import { dataModule, dataPlugin } from '@tessera/data';
import { evaluationPlugin } from '@tessera/evaluation';
import { lossesPlugin } from '@tessera/losses';
import { methodsPlugin } from '@tessera/methods';
import { modelsPlugin } from '@tessera/models';
import { optimPlugin } from '@tessera/optim';
import { Registry } from '@tessera/core';
import type { LoadedPlugin } from './recipe/plugins.ts';
import { reportersPlugin } from './reporters/plugin.ts';

/** Every extension that comes with Tessera. Those that workers need say where they are. */
export const builtins: readonly (Omit<LoadedPlugin, 'module'> & { readonly module?: string })[] = [
  { plugin: methodsPlugin },
  { plugin: lossesPlugin },
  { plugin: augmentPlugin, module: augmentModule },
  { plugin: modelsPlugin },
  { plugin: optimPlugin },
  { plugin: dataPlugin, module: dataModule },
  { plugin: evaluationPlugin },
  { plugin: reportersPlugin },
];

/** What a run knows: the built-in extensions and those of the recipe's plugins. */
export interface Extensions {
  readonly registry: Registry;
  /** Modules that a worker must import to know an extension's plugin: file URLs. */
  readonly modulesOf: (kind: 'augmenter' | 'dataset', name: string) => string[];
}

/** @throws TesseraError `E_PLUGIN_DUPLICATE`, `E_EXTENSION_DUPLICATE` */
export function collectExtensions(loaded: readonly LoadedPlugin[] = []): Extensions {
  const all: typeof builtins = [...builtins, ...loaded];
  const registry = new Registry(all.map(({ plugin }) => plugin));
  return {
    registry,
    modulesOf: (kind, name) => {
      const owner = registry.list(kind).find(({ extension }) => extension.name === name)?.plugin;
      return all.flatMap(({ plugin, module }) => (plugin.name === owner && module !== undefined ? [module] : []));
    },
  };
}
