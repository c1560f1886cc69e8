import { definePlugin } from '@tessera/core';
import { deepClusterV2 } from './deepcluster/deepcluster.ts';
import { deepClusterObjective } from './deepcluster/deepcluster-objective.ts';
import { barlowTwins } from './barlow-twins/barlow-twins.ts';
import { byol } from './byol/byol.ts';
import { dino } from './dino/dino.ts';
import { dinoObjective } from './dino/dino-objective.ts';
import { instdisc } from './instdisc/instdisc.ts';
import { instdiscObjective } from './instdisc/instdisc-objective.ts';
import { moco } from './moco/moco.ts';
import { mocoObjective } from './moco/moco-objective.ts';
import { simsiam } from './simsiam/simsiam.ts';
import { supervised } from './supervised/supervised.ts';
import { simclr } from './simclr/simclr.ts';
import { swav } from './swav/swav.ts';
import { swavObjective } from './swav/swav-objective.ts';

/** The methods, and the objectives that have a state: prototypes, clusters, queues, banks, centres. */
export const methodsPlugin = definePlugin({
  name: '@tessera/methods',
  contract: 2,
  extensions: [
    simclr,
    swav,
    deepClusterV2,
    moco,
    instdisc,
    byol,
    simsiam,
    barlowTwins,
    dino,
    supervised,
    swavObjective,
    deepClusterObjective,
    mocoObjective,
    instdiscObjective,
    dinoObjective,
  ],
});
