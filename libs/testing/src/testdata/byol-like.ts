import { defineMethod, type Forward, type Method, type Progress } from '@tessera/core';
import { composeMethod, MomentumCopy, withoutGradient } from '@tessera/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { aHead, anEncoder, defaults, embedAll, objectiveNamed } from './strangers.ts';

/** An online variable and the target's that follows it. */
export interface Followed {
  readonly online: tf.Variable;
  readonly target: tf.Variable;
}

/** How the target moves. */
export interface Mover {
  /** Within the pass over a step. */
  readonly inEmbed?: (pairs: readonly Followed[], forward: Forward) => void;
  readonly hooks?: (
    copy: MomentumCopy,
    pairs: readonly Followed[],
  ) => Partial<Pick<Method, 'beforeStep' | 'afterStep'>>;
}

/** 0.9 at the start, 1 at the end. */
const momentumAt = ({ step, totalSteps }: Progress): number => 1 - 0.1 * (1 - step / totalSteps);

export const afterStep: Mover = {
  hooks: (copy) => ({
    afterStep: (progress) => {
      copy.update(momentumAt(progress));
    },
  }),
};
/** As MoCo and lightly: the pass sees the weights that the last step left. */
export const beforeStep: Mover = {
  hooks: (copy) => ({
    beforeStep: (progress) => {
      copy.update(momentumAt(progress));
    },
  }),
};

/** BYOL: a predictor on the online network, and a momentum network that makes targets. */
export const byolLike = (mover: Mover) =>
  defineMethod({
    name: 'byol-like',
    summary: 'A prediction of each view follows what a momentum network makes of the other.',
    options: z.strictObject({}),
    roles: ['online', 'target'],
    parts: { encoder: anEncoder, head: aHead, predictor: aHead, objective: objectiveNamed('distance') },
    defaults,
    create: (_options, { build }) => {
      const encoder = build('encoder');
      const head = build('head', { inDim: encoder.featureDim });
      const predictor = build('predictor', { inDim: head.outDim });
      const copies = {
        encoder: build('encoder', { scope: 'target/encoder' }),
        head: build('head', { inDim: encoder.featureDim, scope: 'target/head' }),
      };
      const target = new MomentumCopy([encoder, head], [copies.encoder, copies.head]);
      const objective = build('objective', { inDim: predictor.outDim });
      const variablesOf = (networks: readonly { variables: typeof encoder.variables }[]) =>
        networks.flatMap((network) => network.variables());
      const followers = variablesOf([copies.encoder, copies.head]);
      const pairs = variablesOf([encoder, head]).map(({ variable: online }, i) => ({
        online,
        target: followers[i]?.variable ?? online,
      }));
      return composeMethod(
        { encoder, head, predictor, target, objective },
        {
          embed: (groups, forward) => {
            const { features, embeddings } = embedAll({ encoder, head }, groups, forward);
            const targets = withoutGradient(() => embedAll(copies, groups, forward).embeddings);
            mover.inEmbed?.(pairs, forward);
            const online = embeddings.map((z_BD) => predictor.apply(z_BD, forward));
            return { features, embeddings: { online, target: targets } };
          },
          loss: (embeddings, batch, forward) => objective.loss(embeddings, batch, forward),
          ...mover.hooks?.(target, pairs),
        },
      );
    },
  });
