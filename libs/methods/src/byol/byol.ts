/**
 * BYOL (Grill et al. 2020, https://arxiv.org/abs/2006.07733; code: deepmind-research/byol): a prediction of one view's embedding is drawn to
 * the other view's embedding by a momentum network. No negatives.
 */
import { defineMethod, doubts } from '@tessera/core';
import { composeMethod, MomentumCopy, withoutGradient } from '@tessera/engine';
import { z } from 'zod';
import { cifarEncoder, cifarViews } from '../cifar-defaults.ts';
import { embedViews, predictViews, viewOrder } from '../embed-views.ts';
import { momentumAt, momentumDoubt, momentumOptions } from '../momentum.ts';
import { requirePredictorWidth } from '../predictor-width.ts';

/**
 * The defaults are a CIFAR-10 setting. Where references differ: DeepMind starts the target from other random weights, this and the rest from
 * a copy; the target moves after the optimizer's step (DeepMind, DINO, solo-learn), not first thing in the step (lightly), which shows it
 * weights one step older. Batch-norm statistics are the target's own in all of them.
 */
export const byol = defineMethod({
  name: 'byol',
  summary: 'A prediction of one view is drawn to what a momentum network makes of the other; no negatives.',
  options: z.strictObject({
    ...momentumOptions(0.996, 'cosine'),
    updateTarget: z
      .enum(['after-step', 'before-step'])
      .default('after-step')
      .describe(
        'when the target moves: after the optimizer (DeepMind, solo-learn) or first in the step (lightly, MoCo v3)',
      ),
    views: viewOrder('apart'),
  }),
  roles: ['online', 'target'],
  check: (options) => doubts(momentumDoubt(options)),
  objectives: ['negative-cosine', 'moco-v3'],
  parts: {
    encoder: cifarEncoder,
    head: {
      kind: 'head',
      default: { name: 'mlp', options: { layers: 2, hidden: 512, out: 128, batchNorm: 'hidden' } },
    },
    predictor: {
      kind: 'head',
      default: { name: 'mlp', options: { layers: 2, hidden: 512, out: 128, batchNorm: 'hidden' } },
    },
    objective: { kind: 'objective', default: { name: 'negative-cosine', options: { reduction: 'byol' } } },
  },
  defaults: {
    augmenter: cifarViews,
    optimizer: { name: 'sgd', options: { learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4 } },
    schedule: { name: 'warmup-cosine', options: { warmupEpochs: 1, scaling: 'linear' } },
  },
  create: (options, { build }) => {
    const encoder = build('encoder');
    const head = build('head', { inDim: encoder.featureDim });
    const predictor = build('predictor', { inDim: head.outDim });
    requirePredictorWidth(head, predictor);
    const online = { encoder, head };
    const copies = {
      encoder: build('encoder', { scope: 'target/encoder' }),
      head: build('head', { inDim: encoder.featureDim, scope: 'target/head' }),
    };
    const target = new MomentumCopy([encoder, head], [copies.encoder, copies.head]);
    const objective = build('objective', { inDim: predictor.outDim });
    const move = (progress: Parameters<typeof momentumAt>[1]): void => {
      target.update(momentumAt(options, progress));
    };
    return composeMethod(
      { encoder, head, predictor, target, objective },
      {
        embed: (groups, forward) => {
          const { features, embeddings } = embedViews(online, groups, forward, options.views);
          const targets = withoutGradient(() => embedViews(copies, groups, forward, options.views).embeddings);
          const predictions = predictViews(predictor, embeddings, forward, options.views);
          return { features, embeddings: { online: predictions, target: targets } };
        },
        loss: (embeddings, batch, forward) => objective.loss(embeddings, batch, forward),
        ...(options.updateTarget === 'after-step' ? { afterStep: move } : { beforeStep: move }),
      },
    );
  },
});
