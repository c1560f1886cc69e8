import { defineMethod } from '@tessera/core';
import { z } from 'zod';
import { cifarEncoder, cifarViews } from '../cifar-defaults.ts';
import { siamese } from '../siamese.ts';

/**
 * SimCLR (https://arxiv.org/abs/2002.05709). The defaults are a CIFAR-10 setting (appendix B.9: colour strength 0.5, no blur, temperature
 * 0.5, ResNet-18 with the small-image stem) with plain SGD; for ImageNet take views of 224 pixels, strength 1, blur, temperature 0.1
 * and LARS.
 */
export const simclr = defineMethod({
  name: 'simclr',
  summary: 'Two views of an image attract, views of different images repel.',
  options: z.strictObject({}),
  parts: {
    encoder: cifarEncoder,
    head: { kind: 'head', default: { name: 'mlp', options: { layers: 2, out: 128, batchNorm: 'none' } } },
    objective: { kind: 'objective', default: { name: 'nt-xent', options: { temperature: 0.5 } } },
  },
  defaults: {
    augmenter: cifarViews,
    optimizer: { name: 'sgd', options: { learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4 } },
    schedule: { name: 'warmup-cosine', options: { warmupEpochs: 1, scaling: 'linear' } },
  },
  create: (_options, context) => siamese(context),
});
