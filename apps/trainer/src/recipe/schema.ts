import { z } from 'zod';

const optionsSchema = z.record(z.string(), z.json());

/** A part whose name is given. */
const namedPart = z.strictObject({
  name: z.string().min(1).describe('extension name'),
  options: optionsSchema.default({}),
});

/** A part that the method's defaults may complete. */
const openPart = z.strictObject({ name: z.string().min(1).optional(), options: optionsSchema.optional() });

const channels = z.array(z.number()).length(3);

const data = z.strictObject({
  source: z.string().min(1).default('folder').describe('data set: folder, shapes, or one of a plugin'),
  path: z.string().default('.').describe("folder of images, relative to the recipe's folder; --data replaces it"),
  options: optionsSchema.default({}).describe('further options of the data set'),
  every: z.int().min(1).default(1).describe('take each n-th image in sorted order'),
  limit: z.int().min(1).nullable().default(null).describe('at most this many images, after `every`'),
  workers: z.int().min(0).max(256).default(2).describe('worker threads that decode and augment; 0: in the main thread'),
  prefetch: z.int().min(1).default(4).describe('batches prepared ahead'),
  cacheMegabytes: z.int().min(0).default(1024).describe('memory for decoded images, in MB'),
  onBadImage: z.enum(['skip', 'error']).default('skip').describe('what to do with an image that cannot be read'),
  normalize: z
    .strictObject({ mean: channels, std: z.array(z.number().positive()).length(3) })
    .nullable()
    .default(null)
    .describe('per-channel mean and standard deviation of pixels in [0, 1], applied on the engine'),
});

const trainer = z.strictObject({
  batchSize: z.int().min(1).default(256).describe('images (not views) in a step'),
  epochs: z.int().min(1).default(100),
  maxSteps: z.int().min(1).nullable().default(null).describe('ends the run, and the schedule, after so many steps'),
  engine: z.enum(['auto', 'torch', 'tensorflow', 'wasm', 'cpu']).default('auto'),
  precision: z
    .enum(['f32', 'bf16'])
    .default('f32')
    .describe('of convolutions and matrix products; losses are always f32'),
  threads: z.int().min(1).nullable().default(null).describe('threads of the engine; null: all cores'),
  microBatch: z.null().default(null).describe('reserved for gradient caching'),
});

const checkpoint = z.strictObject({
  everySteps: z.int().min(1).nullable().default(null),
  everyMinutes: z.number().positive().nullable().default(10),
  keep: z.int().min(1).default(2).describe('newest checkpoints that are kept'),
});

const evaluation = z.strictObject({
  name: z.string().min(1),
  options: optionsSchema.default({}),
  everyEpochs: z.int().min(1).nullable().default(null).describe('null: after the last epoch only'),
});

/** What a recipe file may say. Unknown keys are errors; what is left out is filled from here and from the method. */
export const recipeSchema = z.strictObject({
  seed: z.int().min(0).default(0),
  plugins: z.array(z.string().min(1)).default([]).describe('packages or files that add extensions'),
  method: namedPart,
  data: data.prefault({}),
  augmenter: openPart.optional(),
  encoder: openPart.optional(),
  head: openPart.optional(),
  objective: openPart.optional(),
  optimizer: openPart.optional(),
  schedule: openPart.optional(),
  trainer: trainer.prefault({}),
  checkpoint: checkpoint.prefault({}),
  evaluation: z.array(evaluation).default([]),
  reporters: z.array(namedPart).default([]).describe('reporters beside the progress display and metrics.jsonl'),
});

/** A recipe as written, defaults of the schema filled in; the method's defaults are not. */
export type Recipe = z.output<typeof recipeSchema>;
