/**
 * SimSiam (Chen and He 2021, https://arxiv.org/abs/2011.10566, algorithm 1; code: facebookresearch/simsiam): a prediction of one view's embedding is
 * drawn to the other view's embedding, through which no gradient flows. Neither negatives nor a momentum network.
 */
import { defineMethod } from '@tessera/core';
import { composeMethod, withoutGradient } from '@tessera/engine';
import { z } from 'zod';
import { cifarEncoder, cifarViews } from '../cifar-defaults.ts';
import { embedViews, predictViews, viewOrder } from '../embed-views.ts';
import { requirePredictorWidth } from '../predictor-width.ts';

/**
 * The defaults are the authors' CIFAR-10 setting (appendix D: SGD 0.03 x batch / 256, decay 5e-4, no warm-up, two layers of projection with
 * batch norm also at the output, there without scale and shift, a predictor of a quarter of the width that keeps its rate).
 */
export const simsiam = defineMethod({
  name: 'simsiam',
  summary:
    "A prediction of one view is drawn to the other view's embedding, held constant; no negatives, no momentum network.",
  options: z.strictObject({ views: viewOrder('apart') }),
  roles: ['online', 'target'],
  objectives: ['negative-cosine'],
  parts: {
    encoder: cifarEncoder,
    head: {
      kind: 'head',
      default: { name: 'mlp', options: { layers: 2, hidden: 2048, out: 2048, batchNorm: 'all', outputScale: false } },
    },
    predictor: {
      kind: 'head',
      default: { name: 'mlp', options: { layers: 2, hidden: 512, out: 2048, batchNorm: 'hidden' } },
    },
    objective: { kind: 'objective', default: { name: 'negative-cosine', options: { reduction: 'simsiam' } } },
  },
  defaults: {
    augmenter: cifarViews,
    optimizer: {
      name: 'sgd',
      options: {
        learningRate: 0.03,
        momentum: 0.9,
        weightDecay: 5e-4,
        groups: [{ names: ['predictor/'], constantRate: true }],
      },
    },
    schedule: { name: 'warmup-cosine', options: { scaling: 'linear' } },
  },
  create: ({ views }, { build }) => {
    const encoder = build('encoder');
    const head = build('head', { inDim: encoder.featureDim });
    const predictor = build('predictor', { inDim: head.outDim });
    requirePredictorWidth(head, predictor);
    const objective = build('objective', { inDim: predictor.outDim });
    return composeMethod(
      { encoder, head, predictor, objective },
      {
        embed: (groups, forward) => {
          const { features, embeddings } = embedViews({ encoder, head }, groups, forward, views);
          const online = predictViews(predictor, embeddings, forward, views);
          return { features, embeddings: { online, target: withoutGradient(() => [...embeddings]) } };
        },
        loss: (embeddings, batch, forward) => objective.loss(embeddings, batch, forward),
      },
    );
  },
});
