import { z } from 'zod';

const count = z.int().min(0);

/** Embeddings of past steps, which let a small batch be balanced over many prototypes. */
const queue = z.strictObject({
  length: z
    .int()
    .min(1)
    .describe('embeddings kept per assigned crop, over all ranks; a multiple of the batch size in the paper'),
  fromEpoch: count.default(0).describe('first epoch, counted from 0, that fills the queue'),
  fromStep: count.default(0).describe('first step, counted from 0, that fills the queue; both conditions must hold'),
});

/** Options of the `swav` objective. Defaults are the paper's where it has one for all settings. */
export const swavOptions = z.strictObject({
  prototypes: z
    .union(
      [z.int().min(2), z.array(z.int().min(2)).min(1)],
      'expected a whole number >= 2, or a list of them for several heads; there is no default: at most batch size + queue length, 3000 on ImageNet',
    )
    .describe('K: prototypes, or a list, one head each: the loss is the mean over heads; >= 2, no default'),
  temperature: z.number().positive().default(0.1).describe('tau of the predictions; > 0'),
  epsilon: z.number().positive().default(0.05).describe('entropy regularisation of the codes; > 0, smaller is harder'),
  iterations: z.int().min(1).default(3).describe('Sinkhorn rounds; >= 1'),
  codes: z
    .enum(['soft', 'hard'])
    .default('soft')
    .describe('predict the balanced codes themselves, or only the prototype that takes most of a sample'),
  cropsForAssign: z
    .array(count)
    .min(1)
    .default([0, 1])
    .describe('crops that get codes, counted from 0; all others only predict'),
  queue: queue.nullable().default(null).describe('null: codes are balanced over the batch alone'),
  freezeSteps: count.default(0).describe('steps at the start in which prototypes do not learn'),
  freezeEpochs: count.default(0).describe('epochs at the start in which prototypes do not learn'),
});

export type SwavOptions = z.output<typeof swavOptions>;
export type QueueOptions = z.output<typeof queue>;
