import { defineOptimizer, doubts } from '@tessera/core';
import { adamwOptions, createAdamW } from './adamw.ts';
import { weightDecay } from './options.ts';
import { adamRateDoubt } from './rate-doubt.ts';

/** The `adam` optimizer (Kingma and Ba 2015, algorithm 1; `torch.optim.Adam`): the decay is an L2 penalty in the gradient. */
export const adamOptimizer = defineOptimizer({
  name: 'adam',
  summary: "Adam with an L2 penalty in the gradient, torch's semantics.",
  options: adamwOptions.extend({ weightDecay: weightDecay(0) }),
  check: (_options, { highestLearningRate }) => doubts(adamRateDoubt(highestLearningRate)),
  create: (options, { variables }) => createAdamW(options, variables, false),
});
