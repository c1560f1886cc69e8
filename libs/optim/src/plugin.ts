import { definePlugin } from '@tessera/core';
import { adamOptimizer } from './optimizers/adam.ts';
import { adamwOptimizer } from './optimizers/adamw.ts';
import { larcOptimizer } from './optimizers/larc.ts';
import { larsOptimizer } from './optimizers/lars.ts';
import { sgdOptimizer } from './optimizers/sgd.ts';
import { constantSchedule } from './schedules/constant.ts';
import { stepSchedule } from './schedules/step.ts';
import { warmupCosineSchedule } from './schedules/warmup-cosine.ts';

/** Optimizers and schedules of this package. */
export const optimPlugin = definePlugin({
  name: '@tessera/optim',
  contract: 2,
  extensions: [
    sgdOptimizer,
    larsOptimizer,
    larcOptimizer,
    adamOptimizer,
    adamwOptimizer,
    warmupCosineSchedule,
    constantSchedule,
    stepSchedule,
  ],
});
