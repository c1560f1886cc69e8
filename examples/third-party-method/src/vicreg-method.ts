import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { defineMethod, withKey } from '@tessera/core';
import { composeMethod } from '@tessera/engine';
import { z } from 'zod';

/** SimCLR's colours at strength 0.5, and this package's own op. */
const colour = [
  { name: 'horizontal-flip', probability: 0.5 },
  { name: 'colour-jitter', probability: 0.8, strength: 0.5 },
  { name: 'grayscale', probability: 0.2 },
  { name: 'patch-mask', probability: 0.5 },
];

/**
 * VICReg: encoder, expander, objective. Each view goes through the network on its own, as in the reference code, so batch norm never
 * sees two views of an image together; this is what the method adds over naming the objective in a SimCLR recipe.
 */
export const vicreg = defineMethod({
  name: 'vicreg',
  summary: 'Variance-invariance-covariance regularisation: no negatives, no prototypes, no momentum encoder.',
  options: z.strictObject({}),
  // What a recipe with nothing but `method: { name: vicreg }` gets. Parts are named; this package imports none of them.
  parts: {
    encoder: { kind: 'encoder', default: { name: 'resnet', options: { depth: 18, stem: 'cifar' } } },
    head: {
      kind: 'head',
      default: { name: 'mlp', options: { layers: 3, hidden: 1024, out: 1024, batchNorm: 'hidden' } },
    },
    objective: { kind: 'objective', default: { name: 'vicreg' } },
  },
  defaults: {
    augmenter: { name: 'vicreg', options: { views: [{ count: 2, size: 32, crop: { scale: [0.2, 1] }, ops: colour }] } },
    optimizer: { name: 'adamw', options: { learningRate: 1e-3, weightDecay: 1e-6 } },
    schedule: { name: 'warmup-cosine', options: { warmupEpochs: 1 } },
  },
  // Another objective in this method is something else than VICReg: a recipe that names one is refused.
  objectives: ['vicreg'],
  create: (_options, { build }) => {
    const encoder = build('encoder');
    const expander = build('head', { inDim: encoder.featureDim });
    const objective = build('objective', { inDim: expander.outDim });
    return composeMethod(
      { encoder, head: expander, objective },
      {
        embed: (groups, forward) => {
          // A group holds the views of one resolution, one after the other along the batch dimension.
          const views = groups.flatMap(({ count, pixels }) => tf.split<Tensor4D>(pixels, count));
          const features = views.map((x, view) => encoder.apply(x, withKey(forward, 'view', view)));
          return {
            features,
            embeddings: { online: features.map((h_BD, view) => expander.apply(h_BD, withKey(forward, 'view', view))) },
          };
        },
        loss: (embeddings, batch, forward) => objective.loss(embeddings, batch, forward),
      },
    );
  },
});
