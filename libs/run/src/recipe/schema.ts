import { z } from 'zod';

const optionsSchema = z.record(z.string(), z.json());

/** A part whose name is given. */
const namedPart = z.strictObject({
  name: z.string().min(1).describe('extension name'),
  options: optionsSchema.default({}).describe('its options: tessera describe NAME'),
});

/** A part that the method's defaults may complete. */
const openPart = z.strictObject({
  name: z.string().min(1).optional().describe("extension name; default: the method's choice"),
  options: optionsSchema
    .optional()
    .describe("its options: tessera describe NAME; without a name, they change the method's choice"),
});

const data = z.strictObject({
  source: z
    .string()
    .min(1)
    .default('folder')
    .describe('data set: folder, tar, manifest, cifar10, cifar100, stl10, idx, shapes, or one of a plugin'),
  path: z
    .string()
    .min(1)
    .default('.')
    .describe("folder of the data, relative to the recipe's folder; --data replaces it"),
  options: optionsSchema.default({}).describe('options of the data set: tessera describe NAME'),
  testFraction: z
    .number()
    .gt(0)
    .lt(1)
    .nullable()
    .default(null)
    .describe("share of each class held out of the training images as test images; null: the source's own test images"),
  fileList: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("text file that names the images to train on, one a line; relative to the recipe's folder; null: all"),
  fraction: z
    .number()
    .gt(0)
    .max(1)
    .nullable()
    .default(null)
    .describe('share of each class to train on, drawn at random: 0.01 and 0.1 in semi-supervised work; null: all'),
  every: z.int().min(1).default(1).describe('take each n-th image in sorted order; 1: all'),
  limit: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('at most this many images, evenly spread, after the choices above; null: all'),
  subsetSeed: z
    .int()
    .min(0)
    .default(0)
    .describe('of the draws of `fraction` and `testFraction`; the same for runs of any `seed`'),
  workers: z.int().min(0).max(256).default(2).describe('worker threads that decode and augment; 0: in the main thread'),
  prefetch: z.int().min(1).default(4).describe('batches prepared ahead'),
  cacheMegabytes: z.int().min(0).default(1024).describe('memory for decoded images, in MB'),
  onBadImage: z.enum(['skip', 'error']).default('skip').describe('what to do with an image that cannot be read'),
  maxBadImages: z
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe('ends the run at one more skipped image; null: no such limit. Where most are bad it ends anyway'),
  range: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, 'is [black, white], the smaller value first')
    .nullable()
    .default(null)
    .describe(
      'values that become black and white in images of more than 8 bits a channel (PNG, TIFF): [0,4095] for 12 bits, [0,1] for fractions, [-1000,3000] for signed values; what lies beyond is clipped; null: [0,65535]. Images of 8 bits are as they are',
    ),
  augmentOn: z
    .enum(['auto', 'host', 'device'])
    .default('auto')
    .describe(
      'where the ops after the crop are computed: host (the workers), device (the engine, a batch at a time, from the same draws), or auto: the device where the engine reports a GPU and the views are float32',
    ),
  normalize: z
    .strictObject({
      mean: z.array(z.number()).length(3).describe('of red, green and blue, in units of the full range'),
      std: z.array(z.number().positive()).length(3).describe('of red, green and blue, in units of the full range'),
    })
    .nullable()
    .default(null)
    .describe('per-channel mean and standard deviation of pixels in [0, 1], applied on the engine'),
});

const trainer = z.strictObject({
  batchSize: z.int().min(1).default(256).describe('images (not views) in a step'),
  epochs: z.int().min(1).default(100).describe('passes over the training images'),
  maxSteps: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('ends the run, and the schedule, after so many steps; null: after the epochs'),
  engine: z
    .enum(['auto', 'torch', 'tensorflow', 'wasm', 'cpu'])
    .default('auto')
    .describe('what computes; auto: the fastest that loads, see tessera doctor'),
  device: z
    .string()
    .regex(/^(auto|cpu|cuda(:\d{1,3})?)$/, 'is auto, cpu, cuda or cuda:1')
    .default('auto')
    .describe('where the torch engine computes: auto (a CUDA device where there is one), cpu, cuda or cuda:1'),
  tf32: z
    .boolean()
    .default(false)
    .describe('on CUDA, float32 products and convolutions in TensorFloat-32: faster, 10 bits of mantissa'),
  precision: z
    .enum(['f32', 'bf16'])
    .default('f32')
    .describe('of convolutions and matrix products; losses are always f32'),
  threads: z.int().min(1).nullable().default(null).describe('threads of the engine; null: all cores'),
  clipNorm: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe(
      'largest norm of all gradients together, as torch clips it; null: as they are. One by one: optimizer.options.groups',
    ),
  microBatch: z.null().default(null).describe('reserved for gradient caching'),
});

const checkpoint = z.strictObject({
  everySteps: z.int().min(1).nullable().default(null).describe('steps between checkpoints; null: not by steps'),
  everyMinutes: z
    .number()
    .positive()
    .nullable()
    .default(10)
    .describe('minutes between checkpoints, written after the step; null: not by time. A run always ends with one'),
  keep: z.int().min(1).default(2).describe('newest checkpoints that are kept'),
});

const evaluation = z.strictObject({
  name: z.string().min(1).describe('extension name'),
  options: optionsSchema.default({}).describe('its options: tessera describe NAME'),
  everyEpochs: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('epochs between evaluations; null: after the last epoch only, which is always evaluated'),
});

/** What a recipe file may say. Unknown keys are errors; what is left out is filled from here and from the method. */
export const recipeSchema = z.strictObject({
  seed: z
    .int()
    .min(0)
    .default(0)
    .describe('of initialisation, order and augmentation: the same seed gives the same run'),
  plugins: z.array(z.string().min(1)).default([]).describe('packages or files that add extensions'),
  method: namedPart.describe('how to learn without labels'),
  data: data.prefault({}).describe('images, and how they are loaded'),
  augmenter: openPart.optional().describe('makes the views of an image'),
  encoder: openPart.optional().describe('the network that is kept'),
  head: openPart.optional().describe('the projection from features to embeddings'),
  objective: openPart.optional().describe('the loss'),
  parts: z
    .record(z.string(), openPart)
    .default({})
    .describe(
      "the method's parts beyond encoder, head and objective: { predictor: { name: mlp } }; tessera describe METHOD",
    ),
  optimizer: openPart.optional().describe('the update rule'),
  schedule: openPart.optional().describe('learning rate by step'),
  trainer: trainer.prefault({}).describe('length, batch and engine of the run'),
  checkpoint: checkpoint.prefault({}).describe('when to write what a run can be continued from'),
  evaluation: z.array(evaluation).default([]).describe('scores of the encoder while it trains, on the test images'),
  reporters: z.array(namedPart).default([]).describe('reporters beside the progress display and metrics.jsonl'),
});

/** A recipe as written, defaults of the schema filled in; the method's defaults are not. */
export type Recipe = z.output<typeof recipeSchema>;
