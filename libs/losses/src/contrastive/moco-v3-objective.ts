import * as tf from '@tensorflow/tfjs-core';
import type { Scalar } from '@tensorflow/tfjs-core';
import { defineObjective, doubts, statelessObjective } from '@tessera/core';
import { z } from 'zod';
import { meanOverRanks } from '../shared/mean-over-ranks.ts';
import { temperatureDoubt } from '../shared/temperature-doubt.ts';
import { mocoV3Contrast } from './moco-nce.ts';

/**
 * MoCo v3's objective, ctr(q1, k2) + ctr(q2, k1): predictions against momentum embeddings of the other view, negatives from the batch. With the
 * method `byol`, which makes both, it is MoCo v3.
 */
export const mocoV3Objective = defineObjective({
  name: 'moco-v3',
  summary: "Each prediction finds its image's other momentum embedding among those of the batch, in both directions.",
  options: z.strictObject({
    temperature: z.number().positive().default(0.2).describe('tau; > 0. ViT 0.2, ResNet-50 1 (official)'),
  }),
  needs: { images: 2, views: 2, roles: ['online', 'target'] },
  methods: ['byol'],
  check: ({ temperature }) => doubts(temperatureDoubt(temperature)),
  create: ({ temperature }) =>
    statelessObjective(({ online = [], target = [] }, _batch, { collective }) => {
      const terms = online.flatMap((q_BD, v) =>
        target.flatMap((k_BD, a) => (v === a ? [] : [mocoV3Contrast(q_BD, k_BD, temperature, collective)])),
      );
      // Summed over both directions; more crops count as two do.
      const loss = tf.mul<Scalar>(tf.addN(terms), 2 / terms.length);
      return { loss: meanOverRanks(loss, collective), metrics: {} };
    }),
});
