import { definePlugin } from '@tessera/core';
import { mocoV3Objective } from './contrastive/moco-v3-objective.ts';
import { supConObjective } from './contrastive/sup-con-objective.ts';
import { marginTripletObjective } from './contrastive/margin-triplet-objective.ts';
import { ntLogisticObjective } from './contrastive/nt-logistic-objective.ts';
import { ntXentObjective } from './contrastive/nt-xent-objective.ts';
import { barlowTwinsObjective } from './regression/barlow-twins-objective.ts';
import { negativeCosineObjective } from './regression/negative-cosine-objective.ts';
import { crossEntropyObjective } from './supervised/cross-entropy-objective.ts';

/** Objectives without a state of their own. */
export const lossesPlugin = definePlugin({
  name: '@tessera/losses',
  contract: 2,
  extensions: [
    ntXentObjective,
    ntLogisticObjective,
    marginTripletObjective,
    mocoV3Objective,
    supConObjective,
    negativeCosineObjective,
    barlowTwinsObjective,
    crossEntropyObjective,
  ],
});
