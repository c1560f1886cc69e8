import * as tf from '@tensorflow/tfjs-core';
import { defineObjective, doubts, statelessObjective } from '@tessera/core';
import { z } from 'zod';
import { meanOverRanks } from '../shared/mean-over-ranks.ts';
import { temperatureDoubt } from '../shared/temperature-doubt.ts';
import { labelsOf } from '../shared/labels-of.ts';
import { supCon } from './sup-con.ts';

/** Supervised contrastive loss; see {@link supCon}. Takes the labels of the data set. */
export const supConObjective = defineObjective({
  name: 'sup-con',
  summary: 'Views of images of one class attract, all others repel; needs labels.',
  options: z.strictObject({
    temperature: z.number().positive().default(0.1).describe('tau; > 0. The paper: 0.1; its code: 0.07'),
    baseTemperature: z
      .number()
      .positive()
      .optional()
      .describe('the loss is multiplied by temperature / baseTemperature (SupContrast: 0.07); default: no factor'),
    contrast: z.enum(['all', 'one']).default('all').describe('anchors: every view, or the first one only'),
  }),
  needs: { images: 2, labels: true },
  check: ({ temperature }) => doubts(temperatureDoubt(temperature)),
  create: ({ temperature, baseTemperature, contrast }) =>
    statelessObjective(({ online = [] }, { labels }, { collective }) => {
      const options = { temperature, contrast, collective, ...(baseTemperature !== undefined && { baseTemperature }) };
      const classes_B = tf.tensor1d(labelsOf('sup-con', labels), 'int32');
      return { loss: meanOverRanks(supCon(online, classes_B, options), collective), metrics: {} };
    }),
});
