import { testOptimizer } from '@tessera/testing';
import { adamwOptimizer } from './optimizers/adamw.ts';
import { larcOptimizer } from './optimizers/larc.ts';
import { larsOptimizer } from './optimizers/lars.ts';
import { sgdOptimizer } from './optimizers/sgd.ts';

const badOptions = { learningRate: 0, weightDecay: -1 };
testOptimizer(sgdOptimizer, { badOptions: { ...badOptions, momentum: 1 } });
testOptimizer(sgdOptimizer, { options: { nesterov: true, weightDecay: 1e-3 } });
testOptimizer(larsOptimizer, { badOptions, learningRate: 2 });
testOptimizer(larcOptimizer, { options: { clip: true, trustCoefficient: 0.02 }, badOptions });
testOptimizer(adamwOptimizer, { badOptions: { ...badOptions, beta1: 1 } });
