/** What the methods of the kit's own tests have in common. */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import {
  defineObjective,
  definePlugin,
  statelessObjective,
  type Encoder,
  type Head,
  type ViewGroup,
} from '@tessera/core';
import type { Forward } from '@tessera/core';
import { z } from 'zod';
import { everyHook } from './every-hook.ts';

/** Mean squared distance of online embeddings and the other view's targets. */
const distance = defineObjective({
  name: 'distance',
  summary: "Mean squared distance of each view to the other's target.",
  options: z.strictObject({}),
  needs: { roles: ['online', 'target'], views: 2 },
  create: () =>
    statelessObjective(({ online = [], target = [] }) => {
      const others = target.toReversed();
      const terms = online.map((z_BD, i) => tf.squaredDifference(z_BD, others[i] ?? z_BD));
      return { loss: tf.mean<Scalar>(tf.addN(terms)), metrics: {} };
    }),
});

/** Mean squared length of what comes: has no hook, no variable and no state. */
const length = defineObjective({
  name: 'length',
  summary: 'Mean squared length of the embeddings.',
  options: z.strictObject({}),
  create: () =>
    statelessObjective(({ online = [] }) => ({
      loss: tf.mean<Scalar>(tf.square(tf.concat([...online]))),
      metrics: {},
    })),
});

export const plugins = [definePlugin({ name: 'strangers', contract: 2, extensions: [everyHook, distance, length] })];

export const defaults = {
  augmenter: { name: 'augmenter' },
  optimizer: { name: 'optimizer' },
  schedule: { name: 'schedule' },
} as const;
export const anEncoder = { kind: 'encoder', default: { name: 'encoder' } } as const;
export const aHead = { kind: 'head', default: { name: 'head' } } as const;
export const objectiveNamed = (name: string) => ({ kind: 'objective', default: { name } }) as const;

/** Features and embeddings of all views, one [B, D] each. */
export function embedAll(
  { encoder, head }: { readonly encoder: Encoder; readonly head: Head },
  groups: readonly ViewGroup[],
  forward: Forward,
) {
  const features = groups.flatMap(({ count, pixels }) => tf.split<Tensor2D>(encoder.apply(pixels, forward), count));
  return { features, embeddings: features.map((h_BD) => head.apply(h_BD, forward)) };
}
