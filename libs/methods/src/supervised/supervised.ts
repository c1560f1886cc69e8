import { defineMethod } from '@tessera/core';
import { z } from 'zod';
import { cifarEncoder, cifarViews } from '../cifar-defaults.ts';
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
  objectives: ['cross-entropy', 'sup-con'],
  parts: {
    encoder: cifarEncoder,
    head: { kind: 'head', default: { name: 'linear', options: { out: 'classes' } } },
    objective: { kind: 'objective', default: { name: 'cross-entropy' } },
  },
  defaults: {
    augmenter: { ...cifarViews, options: { ...cifarViews.options, views: 1 } },
    optimizer: { name: 'sgd', options: { learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4 } },
    schedule: { name: 'warmup-cosine', options: { warmupEpochs: 1, scaling: 'linear' } },
  },
  create: (_options, context) => siamese(context),
});
