import { defineMethod } from '@tessera/core';
import { z } from 'zod';
import { cifarEncoder, cifarViews } from '../cifar-defaults.ts';
import { siamese } from '../siamese.ts';

/**
 * Barlow Twins (Zbontar et al. 2021, https://arxiv.org/abs/2103.03230; code: facebookresearch/barlowtwins). Each view goes through the network
 * on its own. The defaults are a CIFAR-10 setting after solo-learn's (projector of three layers, loss scaled) with AdamW in place of LARS.
 */
export const barlowTwins = defineMethod({
  name: 'barlow-twins',
  summary: "Two views' features correlate each with itself and with no other; no negatives.",
  options: z.strictObject({}),
  objectives: ['barlow-twins'],
  parts: {
    encoder: cifarEncoder,
    head: {
      kind: 'head',
      default: { name: 'mlp', options: { layers: 3, hidden: 1024, out: 1024, batchNorm: 'hidden' } },
    },
    objective: { kind: 'objective', default: { name: 'barlow-twins', options: { scale: 0.1 } } },
  },
  defaults: {
    augmenter: cifarViews,
    optimizer: { name: 'adamw', options: { learningRate: 1e-3, weightDecay: 1e-6 } },
    schedule: { name: 'warmup-cosine', options: { warmupEpochs: 1 } },
  },
  create: (_options, context) => siamese(context, 'apart'),
});
