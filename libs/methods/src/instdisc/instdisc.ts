import { defineMethod } from '@tessera/core';
import { z } from 'zod';
import { cifarEncoder } from '../cifar-defaults.ts';
import { siamese } from '../siamese.ts';

/**
 * Instance discrimination (Wu et al. 2018, https://arxiv.org/abs/1805.01978; code: zhirongw/lemniscate.pytorch cifar.py). One view an image: what is
 * compared with is what the bank remembers of it. The defaults are a CIFAR-10 setting: temperature 0.1, a linear head of 128, crops from a fifth of
 * the image on, colour and grayscale.
 */
export const instdisc = defineMethod({
  name: 'instdisc',
  summary: 'Every image is a class of its own, told apart by a memory bank of all images.',
  options: z.strictObject({}),
  objectives: ['instdisc'],
  parts: {
    encoder: cifarEncoder,
    head: { kind: 'head', default: { name: 'linear', options: { out: 128 } } },
    objective: { kind: 'objective', default: { name: 'instdisc', options: { temperature: 0.1 } } },
  },
  defaults: {
    augmenter: {
      name: 'pipeline',
      options: {
        views: [
          {
            count: 1,
            size: 32,
            crop: { scale: [0.2, 1] },
            ops: [
              { name: 'colour-jitter', probability: 1, strength: 0.5 },
              { name: 'grayscale', probability: 0.2 },
            ],
          },
        ],
      },
    },
    optimizer: { name: 'sgd', options: { learningRate: 0.03, momentum: 0.9, weightDecay: 5e-4 } },
    schedule: { name: 'warmup-cosine', options: { scaling: 'linear' } },
  },
  create: (_options, context) => siamese(context),
});
