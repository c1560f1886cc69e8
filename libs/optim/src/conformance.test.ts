import { testOptimizer } from '@tessera/testing';
import { adamOptimizer } from './optimizers/adam.ts';
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
testOptimizer(adamOptimizer, { options: { weightDecay: 0.1 }, badOptions });
testOptimizer(larsOptimizer, {
  options: {
    groups: [
      { names: ['head/'], learningRate: 0.5, weightDecay: 0.01, adapt: false },
      { roles: ['prototype'], learningRate: 2 },
    ],
  },
  badOptions: { groups: [{ learningRate: 1 }] },
  learningRate: 2,
});
