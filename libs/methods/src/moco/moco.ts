/**
 * MoCo v1 and v2 (He et al. 2020, https://arxiv.org/abs/1911.05722; Chen et al. 2020, https://arxiv.org/abs/2003.04297; code:
 * facebookresearch/moco): a query finds its key, by a momentum encoder, among keys of past steps. v1 has a linear head, v2 an MLP, more
 * augmentation and temperature 0.2. MoCo v3's loss is the objective `moco-v3` of the method `byol`.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { defineMethod, doubts, TesseraError, withKey } from '@tessera/core';
import { composeMethod, MomentumCopy, toFloat32, withoutGradient } from '@tessera/engine';
import { z } from 'zod';
import { cifarEncoder, cifarViews } from '../cifar-defaults.ts';
import { momentumAt, momentumDoubt, momentumOptions } from '../momentum.ts';

/**
 * The defaults are a CIFAR-10 setting of v2. View 0 is the query and view 1 the key, as in the official code; the symmetric loss of MoCo v2+ takes
 * twice the time. The key encoder moves before the key's forward pass, to the weights that the last step left. With `norm: shuffled` both encoders
 * shuffle; the official code shuffles the keys only.
 */
export const moco = defineMethod({
  name: 'moco',
  summary: 'A query finds its key, made by a momentum encoder, among a queue of keys of past steps.',
  options: z.strictObject(momentumOptions(0.99, 'constant')),
  roles: ['query', 'key'],
  check: (options) => doubts(momentumDoubt(options)),
  objectives: ['moco'],
  parts: {
    encoder: cifarEncoder,
    head: { kind: 'head', default: { name: 'mlp', options: { layers: 2, out: 128 } } },
    objective: { kind: 'objective', default: { name: 'moco', options: { length: 4096, temperature: 0.2 } } },
  },
  defaults: {
    augmenter: cifarViews,
    optimizer: { name: 'sgd', options: { learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4 } },
    schedule: { name: 'warmup-cosine', options: { scaling: 'linear' } },
  },
  create: (options, { build, views }) => {
    if (views.length !== 1 || views[0]?.count !== 2) throw twoViews(views.reduce((sum, { count }) => sum + count, 0));
    const encoder = build('encoder');
    const head = build('head', { inDim: encoder.featureDim });
    const keyEncoder = build('encoder', { scope: 'key/encoder' });
    const keyHead = build('head', { inDim: encoder.featureDim, scope: 'key/head' });
    const keyNetwork = new MomentumCopy([encoder, head], [keyEncoder, keyHead]);
    const objective = build('objective', { inDim: head.outDim });
    return composeMethod(
      { encoder, head, keyNetwork, objective },
      {
        beforeStep: (progress) => {
          // At the first step the two are equal, and nothing moves.
          keyNetwork.update(momentumAt(options, progress));
        },
        embed: (groups, forward) => {
          const [x_q, x_k] = groups.flatMap(({ count, pixels }) => tf.split<Tensor4D>(pixels, count));
          if (!x_q || !x_k) throw new Error('moco: two views'); // as `views` said
          const h_BD = encoder.apply(x_q, withKey(forward, 'view', 0));
          const query = [toFloat32(head.apply(h_BD, forward))];
          const { features, key } = withoutGradient(() => {
            const h = keyEncoder.apply(x_k, withKey(forward, 'view', 1));
            return { features: toFloat32(h), key: [toFloat32(keyHead.apply(h, forward))] };
          });
          return { features: [toFloat32(h_BD), features], embeddings: { query, key } };
        },
        loss: (embeddings, batch, forward) => objective.loss(embeddings, batch, forward),
      },
    );
  },
});

function twoViews(got: number): TesseraError {
  return new TesseraError({
    code: 'E_VIEWS',
    message: `the method moco takes two views of one size, a query and a key; the augmenter makes ${String(got)} in all`,
    next: 'Choose an augmenter that makes two views, such as `simclr`.',
  });
}
