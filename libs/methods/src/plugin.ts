import { definePlugin } from '@tessera/core';
import { deepClusterV2 } from './deepcluster/deepcluster.ts';
import { deepClusterObjective } from './deepcluster/deepcluster-objective.ts';
import { simclr } from './simclr/simclr.ts';
import { swav } from './swav/swav.ts';
import { swavObjective } from './swav/swav-objective.ts';

/** Methods `simclr`, `swav` and `deepcluster-v2`, objectives `swav` and `deepcluster-v2`. */
export const methodsPlugin = definePlugin({
  name: '@tessera/methods',
  contract: 2,
  extensions: [simclr, swav, deepClusterV2, swavObjective, deepClusterObjective],
});
