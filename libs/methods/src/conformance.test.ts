import { lossesPlugin } from '@tessera/losses';
import { testMethod, testObjective } from '@tessera/testing';
import { deepClusterV2 } from './deepcluster/deepcluster.ts';
import { deepClusterObjective } from './deepcluster/deepcluster-objective.ts';
import { methodsPlugin } from './plugin.ts';
import { simclr } from './simclr/simclr.ts';
import { swav } from './swav/swav.ts';
import { swavObjective } from './swav/swav-objective.ts';

const plugins = [lossesPlugin, methodsPlugin];
const crops = [
  { count: 2, size: 8, channels: 3 },
  { count: 2, size: 6, channels: 3 },
];

testMethod(simclr, { plugins });
testMethod(swav, { plugins, views: crops, objective: { prototypes: 6, freezeEpochs: 1 } });
testMethod(deepClusterV2, { plugins, views: crops, objective: { clusters: [4, 6] } });

testObjective(swavObjective, {
  options: { prototypes: [5, 6], queue: { length: 16, fromStep: 2 }, freezeSteps: 2 },
  badOptions: { prototypes: 1, epsilon: 0, queue: { lenght: 3 } },
});
testObjective(deepClusterObjective, { options: { clusters: [4, 6] }, badOptions: { clusters: [], temperature: 0 } });
