import { defineMethod, type Encoder, type Head, type Method, type Objective } from '@tessera/core';
import { evaluationForward, toFloat32 } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { aHead, anEncoder, defaults, embedAll, objectiveNamed } from './strangers.ts';

export interface Parts {
  readonly encoder: Encoder;
  readonly head: Head;
  readonly objective: Objective;
}

/**
 * A method that forwards everything by hand.
 * @param objectiveName which objective it takes
 * @param change makes it wrong
 */
export const byHand = (objectiveName: string, change: (method: Method, parts: Parts) => Method = (method) => method) =>
  defineMethod({
    name: 'by-hand',
    summary: 'One encoder and one head, every hook of the objective forwarded by hand.',
    options: z.strictObject({}),
    parts: { encoder: anEncoder, head: aHead, objective: objectiveNamed(objectiveName) },
    defaults,
    create: (_options, { build }): Method => {
      const encoder = build('encoder');
      const head = build('head', { inDim: encoder.featureDim });
      const objective = build('objective', { inDim: head.outDim });
      const method: Method = {
        representation: encoder,
        variables: () => [...encoder.variables(), ...head.variables(), ...objective.variables()],
        buffers: () => [...encoder.buffers(), ...head.buffers()],
        state: () => objective.state(),
        restore: (state) => {
          objective.restore(state);
        },
        beforeEpoch: async (progress, pass) => {
          await objective.beforeEpoch?.(progress, (visit) =>
            pass((h_BD, ids) => {
              const z_BD = tf.tidy(() => toFloat32(head.apply(h_BD, evaluationForward())));
              visit(z_BD, ids);
              z_BD.dispose();
            }),
          );
        },
        beforeStep: (progress) => objective.beforeStep?.(progress),
        afterStep: (progress) => objective.afterStep?.(progress),
        frozen: (progress) => objective.frozen?.(progress) ?? [],
        epochMetrics: () => objective.epochMetrics?.() ?? {},
        embed: (groups, forward) => {
          const { features, embeddings } = embedAll({ encoder, head }, groups, forward);
          return { features, embeddings: { online: embeddings } };
        },
        loss: (embeddings, batch, forward) => objective.loss(embeddings, batch, forward),
        dispose: () => {
          for (const part of [encoder, head, objective]) part.dispose();
        },
      };
      return change(method, { encoder, head, objective });
    },
  });
