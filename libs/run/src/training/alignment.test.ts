/** An evaluation's features and labels belong to the images they are said to: classes that pixels tell apart are told apart. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EvaluationContext, LabelledSplit, Metrics } from '@tessera/core';
import { openEngine } from '@tessera/engine';
import { knn } from '@tessera/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { compose, type Composition } from '../compose.ts';
import { factsOf } from '../images/data-facts.ts';
import { stepInput } from '../testing/step-input.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { openTestImages, openTrainingImages, type ImageSet } from '../images/images.ts';
import { loadEncoder, saveEncoder } from '../folder/encoder-file.ts';
import { prepared, temporaryFolder, tinySimclr } from '../testing/tiny.ts';
import { openContext, type OpenContext } from '../evaluation/context.ts';
import { trainStep } from './step.ts';
import { uploadGroups } from './upload.ts';

const COLOURS = { blue: [20, 30, 220], green: [20, 200, 30], red: [220, 20, 30] } as const;
const SIZE = 8;

/** Images of one colour a class, a little lighter from one to the next. */
async function writeColours(root: string, perClass: number): Promise<void> {
  for (const [name, [r, g, b]] of Object.entries(COLOURS)) {
    mkdirSync(join(root, name), { recursive: true });
    for (let i = 0; i < perClass; i++) {
      const lighter = i % 30;
      const background = { r: r + lighter, g: g + lighter, b: b + lighter };
      await sharp({ create: { width: SIZE, height: SIZE, channels: 3, background } })
        .png({ compressionLevel: 1 })
        .toFile(join(root, name, `${String(i).padStart(3, '0')}.png`));
    }
  }
}

interface Opened {
  readonly recipe: PreparedRecipe;
  readonly composition: Composition;
  readonly bank: ImageSet;
  readonly queries: ImageSet;
}

async function open(path: string, seed: number): Promise<Opened> {
  const recipe = await prepared({ ...tinySimclr, seed, data: { source: 'folder', path, workers: 0 } });
  const bank = await openTrainingImages(recipe);
  const queries = await openTestImages(recipe, bank);
  if (!queries) throw new Error('no test images');
  return { recipe, composition: compose(recipe, factsOf(bank)), bank, queries };
}

/** A few steps, so that weights and running statistics are no initialisation's. */
async function trainALittle({ composition, bank }: Opened): Promise<void> {
  const { augmenter, trainer } = composition.recipe;
  const { batchSize } = trainer;
  const loader = await composition.load({ images: bank, augmenter, batchSize, training: true });
  const { method, optimizer, collective } = composition;
  let step = 0;
  for await (const batch of loader.epoch(0)) {
    const { groups, sampleIds } = batch;
    const views = uploadGroups(groups, null);
    const parts = { method, optimizer, collective, precision: 'f32', clipNorm: null } as const;
    trainStep(parts, stepInput(views, sampleIds, step, 3), { learningRate: 0.05 });
    tf.dispose(views.map(({ pixels }) => pixels));
    batch.release();
    if (++step === 3) break;
  }
  await loader.dispose();
}

const contextOf = ({ recipe, composition, bank, queries }: Opened): OpenContext =>
  openContext(recipe, composition, {
    encoder: composition.method.representation,
    images: { labelled: { bank, test: queries, warnings: [] }, views: { images: queries, heldOut: true } },
  });
const score = (context: EvaluationContext): Promise<Metrics> => knn.build({ k: 5 }, context).run();
const values = async (opened: Opened, split: LabelledSplit): Promise<number[]> => {
  const { context, dispose } = contextOf(opened);
  const { features_ND } = await context.features(split);
  const copied = [...features_ND.dataSync<'float32'>()];
  dispose();
  return copied;
};

describe('an evaluation', () => {
  beforeAll(async () => {
    await openEngine('cpu');
  });

  it('tells trivially different classes apart, batch after batch and past an unreadable image; moved labels do not', async () => {
    const path = temporaryFolder();
    await writeColours(join(path, 'train'), 90); // 270 images: more than one batch of an evaluation
    await writeColours(join(path, 'test'), 10);
    // First of all in order: an image that is left out must take its label with it.
    for (const split of ['train', 'test']) writeFileSync(join(path, split, 'blue', '000.png'), 'this is no image');
    const opened = await open(path, 0);
    try {
      await trainALittle(opened);
      const { context, dispose } = contextOf(opened);
      expect(await score(context)).toMatchObject({ top1: 1, k: 5, bank: 269, queries: 29 });

      // Labels a class further on, on either side, and nothing is right any more.
      const moved = (side: LabelledSplit, by: number): EvaluationContext => ({
        ...context,
        features: async (split) => {
          const { labels, ...rest } = await context.features(split);
          return split === side
            ? { ...rest, labels: labels.map((_, i) => labels[(i + by) % labels.length] ?? -1) }
            : { ...rest, labels };
        },
      });
      expect((await score(moved('train', 90)))['top1']).toBeLessThan(0.05);
      expect((await score(moved('test', 10)))['top1']).toBeLessThan(0.05);
      dispose();
    } finally {
      await opened.composition.dispose();
    }
    expect(tf.memory().numTensors).toBe(0);
  });

  it('trap 32: gives each image the features it has alone, in the order of the data set', async () => {
    const path = temporaryFolder();
    await writeColours(join(path, 'train'), 4);
    await writeColours(join(path, 'test'), 2);
    writeFileSync(join(path, 'train', 'green', '001.png'), 'this is no image');
    const opened = await open(path, 0);
    try {
      const { bank } = opened;
      const { context, dispose } = contextOf(opened);
      const all = await context.features('train');
      const labels = [...all.labels];
      const rows = (await all.features_ND.array()) as readonly (readonly number[])[];
      dispose();
      const readable = [...bank.indices].filter(
        (index) => !bank.dataset.describe(index).endsWith(join('green', '001.png')),
      );
      expect(labels).toEqual(readable.map((index) => bank.dataset.label(index)));
      for (const [row, index] of readable.entries()) {
        const alone = { ...opened, bank: { ...bank, indices: Int32Array.of(index) } };
        expect(rows[row]).toEqual(await values(alone, 'train'));
      }
    } finally {
      await opened.composition.dispose();
    }
  });
});

describe('an exported encoder', () => {
  it('gives a fresh encoder exactly the features of the trained one', async () => {
    await openEngine('cpu');
    const path = temporaryFolder();
    await writeColours(join(path, 'train'), 10);
    await writeColours(join(path, 'test'), 2);
    const file = join(path, 'encoder.safetensors');
    const trained = await open(path, 0);
    const fresh = await open(path, 1);
    try {
      await trainALittle(trained);
      const expected = await values(trained, 'test');
      expect(new Set(expected).size).toBeGreaterThan(10);
      expect(await values(fresh, 'test')).not.toEqual(expected);
      saveEncoder(file, trained.composition.method.representation, {});
      loadEncoder(file, fresh.composition.method.representation);
      expect(await values(fresh, 'test')).toEqual(expected);
    } finally {
      await trained.composition.dispose();
      await fresh.composition.dispose();
    }
  });
});

describe('a folder of class folders beside test/', () => {
  it('trap 35: is trained on without test/, whatever test/ holds, and the bank has no test image', async () => {
    const path = temporaryFolder();
    await writeColours(path, 4);
    await writeColours(join(path, 'test'), 4);
    const { composition, bank, queries } = await open(path, 0);
    try {
      expect(bank.dataset.classes).toEqual(['blue', 'green', 'red']);
      const shown = [...bank.indices].map((index) => bank.dataset.describe(index));
      expect(shown.filter((file) => file.startsWith(join(path, 'test')))).toEqual([]);
      expect([bank.indices.length, queries.indices.length]).toEqual([12, 12]);
    } finally {
      await composition.dispose();
    }
  });
});
