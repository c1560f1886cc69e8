import { testObjective } from '@tessera/testing';
import { mocoV3Objective } from './contrastive/moco-v3-objective.ts';
import { supConObjective } from './contrastive/sup-con-objective.ts';
import { marginTripletObjective } from './contrastive/margin-triplet-objective.ts';
import { ntLogisticObjective } from './contrastive/nt-logistic-objective.ts';
import { ntXentObjective } from './contrastive/nt-xent-objective.ts';
import { barlowTwinsObjective } from './regression/barlow-twins-objective.ts';
import { negativeCosineObjective } from './regression/negative-cosine-objective.ts';
import { crossEntropyObjective } from './supervised/cross-entropy-objective.ts';

testObjective(ntXentObjective, { options: { temperature: 0.5 }, badOptions: { temperature: -1, reduction: 'sum' } });
testObjective(ntLogisticObjective, { options: { temperature: 0.5 }, badOptions: { temperature: 0, semiHard: 'some' } });
testObjective(marginTripletObjective, { options: { margin: 0.8 }, badOptions: { margin: -1, negatives: 'none' } });

const oneView = [{ count: 1, size: 8, channels: 3 }];
testObjective(negativeCosineObjective, { badOptions: { reduction: 'mean' } });
testObjective(negativeCosineObjective, { options: { reduction: 'byol' } });
testObjective(barlowTwinsObjective, { badOptions: { lambda: -1, scale: 0 } });
testObjective(mocoV3Objective, { badOptions: { temperature: 0 }, constantRoles: ['target'] });
testObjective(supConObjective, { badOptions: { temperature: 0, baseTemperature: 0, contrast: 'two' } });
testObjective(supConObjective, { views: oneView, options: { temperature: 0.5, baseTemperature: 0.07 } });
testObjective(crossEntropyObjective, { badOptions: { labelSmoothing: 1 } });
testObjective(crossEntropyObjective, { views: oneView, options: { labelSmoothing: 0.1 } });
