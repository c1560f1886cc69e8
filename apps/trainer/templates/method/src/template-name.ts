/**
 * A siamese method: every view goes through one encoder and one head, and the objective compares what comes out. A method is two calls:
 * `embed` is the differentiable forward pass, `loss` sees its embeddings only. Neither changes anything; what a forward pass wants to change
 * (running statistics, a queue) goes into `forward.updates`. What follows the weights that a step leaves, a momentum encoder, is moved in
 * `afterStep`: within `embed` it would see the weights before the step, and so be one step late. Replace the two calls with yours.
 *
 * Shapes: B images, V views of all resolutions together, D width of features or embeddings.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { defineMethod, withKey } from '@tessera/core';
import { composeMethod } from '@tessera/engine';
import { z } from 'zod';

export const templateNameMethod = defineMethod({
  name: 'template-name',
  summary: 'One encoder and one head for all views; the objective compares them.',
  options: z.strictObject({}),
  // What a recipe with nothing but `method: { name: template-name }` gets. Parts are named; nothing is imported for them.
  parts: {
    encoder: { kind: 'encoder', default: { name: 'resnet', options: { depth: 18, stem: 'cifar' } } },
    head: { kind: 'head', default: { name: 'mlp', options: { layers: 2, out: 128 } } },
    objective: { kind: 'objective', default: { name: 'nt-xent', options: { temperature: 0.5 } } },
  },
  defaults: {
    augmenter: { name: 'simclr', options: { size: 32, cropScale: [0.2, 1], strength: 0.5, blur: 'none' } },
    optimizer: { name: 'sgd', options: { learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4 } },
    schedule: { name: 'warmup-cosine', options: { warmupEpochs: 1 } },
  },
  create: (_options, { build }) => {
    // Each call builds a fresh part as the recipe names it.
    const encoder = build('encoder');
    const head = build('head', { inDim: encoder.featureDim });
    const objective = build('objective', { inDim: head.outDim });
    // A momentum encoder (BYOL, MoCo, DINO) is one more part, from @tessera/engine too:
    //   const targetEncoder = build('encoder', { scope: 'target' });
    //   const target = new MomentumCopy(encoder, targetEncoder); // starts as a copy; goes beside `objective` below
    //   in embed:        withoutGradient(() => targetEncoder.apply(pixels, forward))
    //   beside `embed`:  afterStep: () => { target.update(0.996); },
    // composeMethod forwards variables, states and all hooks of the parts, so objectives with prototypes, queues or clusters work here too.
    return composeMethod(
      { encoder, head, objective },
      {
        embed: (groups, forward) => {
          // A group holds the views of one resolution, crop-major: [count * B, H, W, C]. Batch norm sees one resolution at a time.
          const views = groups.flatMap(({ count, pixels }, group) =>
            tf.split<Tensor2D>(encoder.apply(pixels, withKey(forward, 'group', group)), count),
          );
          const z_RD = head.apply(tf.concat(views), forward);
          // The trainer hands the embeddings to `loss` in float32, whatever precision this ran in.
          return { features: views, embeddings: { online: tf.split<Tensor2D>(z_RD, views.length) } };
        },
        loss: (embeddings, batch, forward) => objective.loss(embeddings, batch, forward),
      },
    );
  },
});
