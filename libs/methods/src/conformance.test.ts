import { lossesPlugin } from '@tessera/losses';
import { testMethod, testObjective } from '@tessera/testing';
import { barlowTwins } from './barlow-twins/barlow-twins.ts';
import { byol } from './byol/byol.ts';
import { deepClusterV2 } from './deepcluster/deepcluster.ts';
import { deepClusterObjective } from './deepcluster/deepcluster-objective.ts';
import { dino } from './dino/dino.ts';
import { dinoObjective } from './dino/dino-objective.ts';
import { instdisc } from './instdisc/instdisc.ts';
import { instdiscObjective } from './instdisc/instdisc-objective.ts';
import { moco } from './moco/moco.ts';
import { mocoObjective } from './moco/moco-objective.ts';
import { methodsPlugin } from './plugin.ts';
import { simclr } from './simclr/simclr.ts';
import { simsiam } from './simsiam/simsiam.ts';
import { supervised } from './supervised/supervised.ts';
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

const oneView = [{ count: 1, size: 8, channels: 3 }];
testMethod(moco, { plugins, objective: { length: 16, temperature: 0.2 }, badOptions: { momentum: 1.5 } });
testMethod(instdisc, { plugins, views: oneView, objective: { temperature: 0.1 } });
testMethod(byol, { plugins, badOptions: { updateTarget: 'never', momentumSchedule: 'linear', views: 'both' } });
testMethod(byol, {
  plugins,
  views: crops,
  options: { views: 'together', updateTarget: 'before-step', momentumSchedule: 'cosine-lightly' },
});
testMethod(simsiam, { plugins, badOptions: { views: 'both' } });
testMethod(simsiam, { plugins, options: { views: 'together' } });
testMethod(barlowTwins, { plugins });
testMethod(dino, { plugins, views: crops, badOptions: { freezeLastLayerEpochs: -1, momentum: 2 } });
testMethod(supervised, { plugins, views: oneView });

testObjective(mocoObjective, {
  options: { length: 16, temperature: 0.2 },
  badOptions: { length: 0, temperature: 0 },
  constantRoles: ['key'],
  oneViewRoles: ['query', 'key'],
});
testObjective(instdiscObjective, { views: oneView, badOptions: { momentum: 1, temperature: 0, initial: 'zero' } });
testObjective(instdiscObjective, { options: { temperature: 0.1, initial: 'unit' } });
testObjective(dinoObjective, {
  options: { teacherTemperature: 0.07, warmupEpochs: 3 },
  badOptions: { centreMomentum: 1, studentTemperature: 0, warmupEpochs: -1 },
  constantRoles: ['teacher'],
});

testObjective(swavObjective, {
  options: { prototypes: [5, 6], queue: { length: 16, fromStep: 2 }, freezeSteps: 2 },
  badOptions: { prototypes: 1, epsilon: 0, queue: { lenght: 3 } },
});
testObjective(deepClusterObjective, { options: { clusters: [4, 6] }, badOptions: { clusters: [], temperature: 0 } });
