import { augmentModule, augmentPlugin } from '@tessera/augment';
import type { PluginModule } from '@tessera/core';
import { dataModule, dataPlugin } from '@tessera/data';
import { evaluationPlugin } from '@tessera/evaluation';
import { lossesPlugin } from '@tessera/losses';
import { methodsPlugin } from '@tessera/methods';
import { modelsPlugin } from '@tessera/models';
import { optimPlugin } from '@tessera/optim';

/** Every extension that comes with Tessera, for whoever composes a run. Those that workers need say where they are. */
export const builtins: readonly PluginModule[] = [
  { plugin: methodsPlugin },
  { plugin: lossesPlugin },
  { plugin: augmentPlugin, module: augmentModule },
  { plugin: modelsPlugin },
  { plugin: optimPlugin },
  { plugin: dataPlugin, module: dataModule },
  { plugin: evaluationPlugin },
];
