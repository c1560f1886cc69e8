import { testObjective } from '@tessera/testing';
import { marginTripletObjective } from './margin-triplet-objective.ts';
import { ntLogisticObjective } from './nt-logistic-objective.ts';
import { ntXentObjective } from './nt-xent-objective.ts';

testObjective(ntXentObjective, { options: { temperature: 0.5 }, badOptions: { temperature: -1, reduction: 'sum' } });
testObjective(ntLogisticObjective, { options: { temperature: 0.5 }, badOptions: { temperature: 0, semiHard: 'some' } });
testObjective(marginTripletObjective, { options: { margin: 0.8 }, badOptions: { margin: -1, negatives: 'none' } });
