import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { prepareContent, prepareRecipe, type PreparedRecipe } from '../prepare.ts';
import { traps } from './traps.ts';

const recipe = (content: object) =>
  prepareContent({ content: { method: { name: 'simclr' }, ...content }, folder: '/' });
const numbersOf = ({ recipe: resolved, registry }: PreparedRecipe) => {
  const { views } = registry.get('augmenter', resolved.augmenter.name).build(resolved.augmenter.options, {});
  return traps(resolved, views).map(({ number }) => number);
};
const swav = { method: { name: 'swav' } };

it('has nothing to say about the defaults', async () => {
  expect(numbersOf(await recipe({}))).toEqual([]);
  expect(numbersOf(await recipe(swav))).toEqual([]);
});

describe('each rule by itself', () => {
  it.each([
    [1, { objective: { name: 'nt-xent', options: { temperature: 0.5, reduction: 'google' } } }],
    [6, { objective: { name: 'nt-xent', options: { temperature: 0.5, normalize: false } } }],
    [10, { data: { limit: 100 } }],
    [15, { ...swav, objective: { options: { queue: { length: 300, fromEpoch: 2 } } } }],
    [15, { ...swav, objective: { options: { queue: { length: 512 } } } }],
    [18, { ...swav, objective: { options: { freezeEpochs: 0 } } }],
    [19, { ...swav, objective: { options: { cropsForAssign: [0, 2] } } }],
    [23, { augmenter: { options: { size: 224, blur: 'pil', blurSigma: [2.2, 44.8] } } }],
    [27, { augmenter: { options: { blur: 'pil' } } }],
    [27, { augmenter: { options: { strength: 1 } } }],
    [29, { data: { normalize: { mean: [123.7, 116.3, 103.5], std: [58, 57, 57] } } }],
    [29, { data: { normalize: { mean: [0, 0, 0], std: [255, 255, 255] } } }],
    [31, { trainer: { batchSize: 8 } }],
    [35, { data: { limit: 1000 }, evaluation: [{ name: 'knn', options: { k: 200 } }] }],
    [36, { optimizer: { name: 'lars', options: { exclude: [] } } }],
    [37, { schedule: { name: 'warmup-cosine', options: { warmupEpochs: 10 } }, trainer: { epochs: 10 } }],
    [37, { schedule: { name: 'warmup-cosine', options: { warmupSteps: 10 } }, trainer: { maxSteps: 10 } }],
    [null, { optimizer: { name: 'lars' }, trainer: { batchSize: 128 } }],
    [null, { encoder: { name: 'resnet', options: { depth: 18 } } }],
    [null, { augmenter: { options: { size: 224 } } }],
  ])('number %s: %j', async (number, content) => {
    // A view of 224 pixels alone costs too much with the small-image stem, which is said beside what is tested.
    const alone = number === 23 ? { encoder: { name: 'resnet', options: { depth: 18, stem: 'imagenet' } } } : {};
    expect(numbersOf(await recipe({ ...alone, ...content }))).toEqual([number]);
  });
});

describe('our recipes', () => {
  const folder = fileURLToPath(new URL('../../../../recipes/', import.meta.url));
  /** What reference settings do, and their authors may regret. */
  const known: Readonly<Record<string, readonly number[]>> = {
    'swav-cifar10-lightly.yaml': [18],
    'swav-cifar10-solo.yaml': [27, 27],
    'swav-imagenette-lightly.yaml': [18],
  };
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

  it('are there', () => {
    expect(files.length).toBeGreaterThan(10);
  });

  it.each(files)('%s', async (file) => {
    expect(numbersOf(await prepareRecipe(`${folder}/${file}`))).toEqual(known[file] ?? []);
  });
});
