import { defineMethod } from '@tessera/core';
import { z } from 'zod';
import { siamese } from '../siamese.ts';

/**
 * Supervised learning: the twin that papers compare with. A linear head on the encoder gives the logits; any augmenter, every view is an
 * example. The defaults are SimCLR's CIFAR-10 setting with one view and the objective exchanged.
 */
export const supervised = defineMethod({
  name: 'supervised',
  summary: 'Classification by the labels, on the same encoder and augmentation: the supervised twin.',
  options: z.strictObject({}),
  needs: { labels: true },
  parts: {
    encoder: { kind: 'encoder', default: { name: 'resnet', options: { depth: 18, stem: 'cifar' } } },
    head: { kind: 'head', default: { name: 'linear', options: { out: 'classes' } } },
    objective: { kind: 'objective', default: { name: 'cross-entropy' } },
  },
  defaults: {
    augmenter: {
      name: 'simclr',
      options: { size: 32, views: 1, cropScale: [0.2, 1], interpolation: 'bilinear', strength: 0.5, blur: 'none' },
    },
    optimizer: { name: 'sgd', options: { learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4 } },
    schedule: { name: 'warmup-cosine', options: { warmupEpochs: 1, scaling: 'linear' } },
  },
  create: (_options, context) => siamese(context),
});
