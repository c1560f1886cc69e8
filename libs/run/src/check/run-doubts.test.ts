import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineObjective, definePlugin, Registry } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { builtins } from '@tessera/builtins';
import type { PreparedRecipe } from '../prepare.ts';
import { prepare } from '../testing/prepare.ts';
import { runDoubts } from './run-doubts.ts';
import type { DataFacts } from './run-facts.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const recipe = (content: object) => prepare({ content: { method: { name: 'simclr' }, ...content }, folder: '/' });
const codesOf = (prepared: PreparedRecipe, data?: DataFacts) => runDoubts(prepared, data).map(({ code }) => code);
const swav = { method: { name: 'swav' } };

it('has nothing to say about the defaults', async () => {
  const data = { images: 50_000, classes: 10 };
  const others = ['deepcluster-v2', 'moco', 'instdisc', 'byol', 'simsiam', 'barlow-twins', 'dino', 'supervised'];
  for (const content of [{}, swav, ...others.map((name) => ({ method: { name } }))]) {
    expect(codesOf(await recipe(content))).toEqual([]);
    expect(codesOf(await recipe(content), data)).toEqual([]);
  }
});

describe('each rule by itself', () => {
  it.each([
    ['W_GOOGLE_REDUCTION', { objective: { name: 'nt-xent', options: { temperature: 0.5, reduction: 'google' } } }],
    ['W_NOT_NORMALIZED', { objective: { name: 'nt-xent', options: { temperature: 0.5, normalize: false } } }],
    ['W_BATCH_UNFILLED', { data: { limit: 100 } }],
    ['W_QUEUE_LENGTH', { ...swav, objective: { options: { queue: { length: 300, fromEpoch: 2 } } } }],
    ['W_QUEUE_EARLY', { ...swav, objective: { options: { queue: { length: 512 } } } }],
    ['W_PROTOTYPES_UNFROZEN', { ...swav, objective: { options: { freezeEpochs: 0 } } }],
    ['W_SMALL_CROPS_ASSIGN', { ...swav, objective: { options: { cropsForAssign: [0, 2] } } }],
    ['W_BLUR_SIGMA', { augmenter: { options: { size: 224, blur: 'pil', blurSigma: [2.2, 44.8] } } }],
    ['W_SMALL_IMAGE_BLUR', { augmenter: { options: { blur: 'pil' } } }],
    ['W_SMALL_IMAGE_COLOUR', { augmenter: { options: { strength: 1 } } }],
    ['W_NORMALIZE_BYTES', { data: { normalize: { mean: [123.7, 116.3, 103.5], std: [58, 57, 57] } } }],
    ['W_NORMALIZE_BYTES', { data: { normalize: { mean: [0, 0, 0], std: [255, 255, 255] } } }],
    ['W_SMALL_BATCH_NORM', { trainer: { batchSize: 8 } }],
    ['W_KNN_NEIGHBOURS', { data: { limit: 1000 }, evaluation: [{ name: 'knn', options: { k: 200 } }] }],
    ['W_LARS_EXCLUDE', { optimizer: { name: 'lars', options: { exclude: [] } } }],
    ['W_WARMUP_FILLS', { schedule: { name: 'warmup-cosine', options: { warmupEpochs: 10 } }, trainer: { epochs: 10 } }],
    [
      'W_WARMUP_FILLS',
      { schedule: { name: 'warmup-cosine', options: { warmupSteps: 10 } }, trainer: { maxSteps: 10 } },
    ],
    ['W_LARGE_BATCH_OPTIMIZER', { optimizer: { name: 'lars' }, trainer: { batchSize: 128 } }],
    ['W_STEM', { encoder: { name: 'resnet', options: { depth: 18 } } }],
    ['W_STEM', { augmenter: { options: { size: 224 } } }],
    ['W_TEMPERATURE', { objective: { options: { temperature: 1e-6 } } }],
    ['W_TEMPERATURE', { objective: { options: { temperature: 1000 } } }],
    ['W_TEMPERATURE', { objective: { name: 'nt-logistic', options: { temperature: 0.001 } } }],
    ['W_TEMPERATURE', { ...swav, objective: { options: { temperature: 10 } } }],
    ['W_MARGIN', { objective: { name: 'margin-triplet', options: { margin: 3 } } }],
    ['W_MARGIN', { objective: { name: 'margin-triplet', options: { margin: 0, semiHard: 'all' } } }],
    ['W_EPSILON', { ...swav, objective: { options: { epsilon: 10 } } }],
    ['W_EPSILON', { ...swav, objective: { options: { epsilon: 1e-9 } } }],
    ['W_TEMPERATURE', { method: { name: 'moco' }, objective: { options: { temperature: 1e-6 } } }],
    ['W_TEMPERATURE', { method: { name: 'instdisc' }, objective: { options: { temperature: 100 } } }],
    ['W_TEMPERATURE', { method: { name: 'byol' }, objective: { name: 'moco-v3', options: { temperature: 1e-6 } } }],
    ['W_TEMPERATURE', { objective: { name: 'sup-con', options: { temperature: 1e-6 } } }],
    ['W_TEMPERATURE', { method: { name: 'dino' }, objective: { options: { studentTemperature: 10 } } }],
    ['W_TEMPERATURE', { method: { name: 'dino' }, objective: { options: { teacherTemperature: 0.2 } } }],
    [
      'W_WARMUP_FILLS',
      { method: { name: 'dino' }, objective: { options: { warmupEpochs: 200, teacherTemperature: 0.07 } } },
    ],
    ['W_PROTOTYPES_FROZEN', { method: { name: 'dino', options: { freezeLastLayerEpochs: 100 } } }],
    ['W_QUEUE_NEVER', { method: { name: 'moco' }, trainer: { maxSteps: 15 } }],
    ['W_MOMENTUM', { method: { name: 'moco', options: { momentum: 1 } } }],
    ['W_MOMENTUM', { method: { name: 'byol', options: { momentum: 1 } } }],
    ['W_MOMENTUM', { method: { name: 'dino', options: { momentum: 1 } } }],
    ['W_PROTOTYPES_FROZEN', { ...swav, objective: { options: { freezeEpochs: 100 } } }],
    ['W_PROTOTYPES_FROZEN', { ...swav, objective: { options: { freezeSteps: 10 } }, trainer: { maxSteps: 10 } }],
    ['W_QUEUE_NEVER', { ...swav, objective: { options: { queue: { length: 512, fromEpoch: 100 } } } }],
    [
      'W_QUEUE_NEVER',
      { ...swav, objective: { options: { queue: { length: 512, fromStep: 9 } } }, trainer: { maxSteps: 9 } },
    ],
    ['W_LEARNING_RATE', { optimizer: { options: { learningRate: 50 } } }],
    ['W_LEARNING_RATE', { optimizer: { name: 'adamw', options: { learningRate: 1 } } }],
    ['W_LEARNING_RATE', { optimizer: { name: 'lars', options: { learningRate: 300 } } }],
    ['W_NESTEROV', { optimizer: { name: 'sgd', options: { momentum: 0, nesterov: true } } }],
    ['W_WARMUP_IGNORED', { schedule: { options: { warmupEpochs: 2, warmupSteps: 5 } } }],
    ['W_WARMUP_IGNORED', { schedule: { options: { warmupEpochs: 0, startLearningRate: 0.01 } } }],
    ['W_RATE_ABOVE_PEAK', { schedule: { options: { finalLearningRate: 1 } } }],
    ['W_MILESTONES_NEVER', { schedule: { name: 'step', options: { milestones: [60, 100] } } }],
    ['W_NO_EFFECT', { data: { onBadImage: 'error', maxBadImages: 3 } }],
    ['W_NO_EFFECT', { data: { subsetSeed: 1 } }],
    ['W_NO_EFFECT', { checkpoint: { everySteps: 500 }, trainer: { maxSteps: 400 } }],
    ['W_NO_EFFECT', { evaluation: [{ name: 'knn', everyEpochs: 101 }] }],
  ])('%s: %j', async (code, content) => {
    // A view of 224 pixels alone costs too much with the small-image stem, which is said beside what is tested.
    const alone =
      code === 'W_BLUR_SIGMA' ? { encoder: { name: 'resnet', options: { depth: 18, stem: 'imagenet' } } } : {};
    expect(codesOf(await recipe({ ...alone, ...content }))).toEqual([code]);
  });
});

describe('with the images counted', () => {
  const images = (count: number): DataFacts => ({ images: count, testImages: 0 });
  it.each([
    // 400 images are one step of 256 an epoch.
    ['W_QUEUE_NEVER', 400, { ...swav, objective: { options: { queue: { length: 25_600, fromEpoch: 2 } } } }],
    ['W_WARMUP_FILLS', 400, { schedule: { options: { warmupSteps: 100 } } }],
    ['W_WARMUP_FILLS', 1024, { schedule: { options: { warmupEpochs: 2 } }, trainer: { maxSteps: 8 } }],
    ['W_WARMUP_IGNORED', 400, { schedule: { options: { warmupEpochs: 0.5 } } }],
    ['W_LEARNING_RATE', 400, { trainer: { maxSteps: 1 } }],
    ['W_PROTOTYPES_FROZEN', 1024, { ...swav, trainer: { maxSteps: 4 } }],
    [
      'W_MILESTONES_NEVER',
      1024,
      { schedule: { name: 'step', options: { milestones: [2] } }, trainer: { maxSteps: 7 } },
    ],
    ['W_NO_EFFECT', 1024, { trainer: { maxSteps: 401 } }],
    ['W_NO_TEST_IMAGES', 50_000, { evaluation: [{ name: 'knn' }] }],
    ['W_KNN_NEIGHBOURS', 1999, { evaluation: [{ name: 'knn' }] }],
    ['W_CLUSTERS', 300, { method: { name: 'deepcluster-v2' }, objective: { options: { clusters: [128, 301] } } }],
  ])('%s of %i: %j', async (code, count, content) => {
    expect(codesOf(await recipe(content), images(count))).toContain(code);
  });

  it('a queue that serves in the last step is one', async () => {
    const content = { ...swav, objective: { options: { queue: { length: 512, fromEpoch: 1 } } } };
    // Four steps an epoch: starts in the fifth, is full after the sixth, serves in the seventh.
    const codes = async (maxSteps: number) =>
      codesOf(await recipe({ ...content, trainer: { maxSteps } }), images(1024));
    expect(await codes(6)).toContain('W_QUEUE_NEVER');
    expect(await codes(7)).not.toContain('W_QUEUE_NEVER');
  });
});

describe("a stranger's check", () => {
  const withObjective = async (check: () => never[]) => {
    const stranger = defineObjective({
      name: 'strange',
      summary: '',
      options: z.strictObject({}),
      check,
      create: () => {
        throw new Error('not built');
      },
    });
    const sound = await recipe({});
    return {
      ...sound,
      registry: new Registry([
        ...builtins.map(({ plugin }) => plugin),
        definePlugin({ name: 'strange', contract: 2, extensions: [stranger] }),
      ]),
      recipe: { ...sound.recipe, objective: { name: 'strange', options: {} } },
    };
  };

  it('that throws is told, and no error', async () => {
    const prepared = await withObjective(() => {
      throw new Error('oops');
    });
    expect(runDoubts(prepared)).toEqual([
      { code: 'W_CHECK', message: "the check of the objective 'strange' failed: oops" },
    ]);
  });
});

it('docs/warnings.md explains every code that is tested here, and no message has the number of a trap', async () => {
  const source = readFileSync(fileURLToPath(import.meta.url), 'utf8');
  const codes = [...new Set(source.match(/\bW_[A-Z_]+\b/g))];
  const docs = readFileSync(`${root}/docs/warnings.md`, 'utf8');
  expect(codes.filter((code) => !docs.includes(`\`${code}\``))).toEqual([]);
  const messages = runDoubts(await recipe({ trainer: { batchSize: 8 } })).map(({ message }) => message);
  expect(messages.join()).not.toMatch(/trap/);
});

describe('our recipes', () => {
  const folder = `${root}/recipes`;
  /** What reference settings do, and their authors may regret. */
  const known: Readonly<Record<string, readonly string[]>> = {
    'swav-cifar10-lightly.yaml': ['W_PROTOTYPES_UNFROZEN'],
    'swav-cifar10-solo.yaml': ['W_SMALL_IMAGE_COLOUR', 'W_SMALL_IMAGE_BLUR'],
    'swav-imagenette-lightly.yaml': ['W_PROTOTYPES_UNFROZEN'],
  };
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

  it('are there', () => {
    expect(files.length).toBeGreaterThan(10);
  });

  it.each(files)('%s', async (file) => {
    expect(codesOf(await prepare(`${folder}/${file}`))).toEqual(known[file] ?? []);
  });
});
