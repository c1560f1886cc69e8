import { definePlugin } from '@tessera/core';
import { marginTripletObjective } from './margin-triplet-objective.ts';
import { ntLogisticObjective } from './nt-logistic-objective.ts';
import { ntXentObjective } from './nt-xent-objective.ts';

/** Objectives `nt-xent`, `nt-logistic` and `margin-triplet`. */
export const lossesPlugin = definePlugin({
  name: '@tessera/losses',
  contract: 2,
  extensions: [ntXentObjective, ntLogisticObjective, marginTripletObjective],
});
