import { openEngine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepare } from '../testing/prepare.ts';
import { multiplications } from './multiplications.ts';
import { stepCost } from './step-cost.ts';

beforeAll(async () => {
  await openEngine('auto');
});

const recipe = (content: object) => prepare({ content: { method: { name: 'simclr' }, ...content }, folder: '/' });
/** One stage of one block: 3x3 stem, two 3x3 convolutions at full size and so on, few enough to count by hand. */
const small = {
  encoder: { name: 'resnet', options: { blocks: [1, 1, 1, 1], width: 4, stem: 'cifar' } },
  augmenter: { options: { size: 16 } },
  head: { name: 'mlp', options: { layers: 2, hidden: 8, out: 6 } },
  trainer: { batchSize: 32 },
};

describe('stepCost', () => {
  it('counts what a hand counts, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    const { parameters, flops, forwardFlopsPerImage, peakBytes } = await stepCost(await recipe(small), () => undefined);
    // Stages of 4, 8, 16, 32 channels at 16, 8, 4, 2 pixels: two 3x3 convolutions each and a 1x1 where the width changes.
    const stem = 16 * 16 * 9 * 3 * 4;
    const stage1 = 2 * 16 * 16 * 9 * 4 * 4;
    const stage = (side: number, width: number): number =>
      side * side * (9 * (width / 2) * width + 9 * width * width + (width / 2) * width);
    const encoder = stem + stage1 + stage(8, 8) + stage(4, 16) + stage(2, 32);
    const head = 32 * 8 + 8 * 6;
    expect(forwardFlopsPerImage).toBe(2 * 2 * (encoder + head));
    // Backward is twice the forward, but for the stem's input gradient. The similarities of 2 x 32 embeddings are not linear: a few more.
    const linear = 32 * 2 * 2 * (3 * (encoder + head) - stem);
    expect(flops).toBeGreaterThan(0.98 * linear);
    expect(flops).toBeLessThan(1.02 * linear);
    expect(parameters['head']).toBe(32 * 8 + 8 + 8 * 6 + 6);
    expect(parameters['encoder']).toBe(
      9 * (3 * 4 + 2 * 16 + 32 + 64 + 128 + 256 + 512 + 1024) + 32 + 128 + 512 + 2 * (3 * 4 + 3 * 8 + 3 * 16 + 3 * 32),
    );
    expect(peakBytes).toBeGreaterThan(32 * 2 * 16 * 16 * 4 * 4 * 4);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('splits its batches for shuffled batch norm of many groups, and counts the same', async () => {
    const shuffled = { ...small.encoder, options: { ...small.encoder.options, norm: 'shuffled', normGroups: 3 } };
    const before = tf.memory().numTensors;
    const cost = await stepCost(await recipe({ ...small, encoder: shuffled }), () => undefined);
    expect(tf.memory().numTensors).toBe(before); // the batches that were refused left nothing either
    const plain = await stepCost(await recipe(small), () => undefined);
    expect(cost.forwardFlopsPerImage).toBe(plain.forwardFlopsPerImage);
  });

  it.each(['swav', 'deepcluster-v2'])('%s: reads no images, and tells what the parts warn about', async (name) => {
    const heard: string[] = [];
    const content = { ...small, method: { name }, augmenter: undefined, trainer: { batchSize: 32 } };
    const cost = await stepCost(await recipe(content), (code) => heard.push(code));
    expect(cost.flops).toBeGreaterThan(0);
    if (name === 'swav') expect(heard).toContain('W_PROTOTYPES_EXCEED_BATCH');
  });
});

it('matrix products count M K P whichever operand is transposed', () => {
  const product = (inputShapes: number[][], out: number[]): number =>
    Math.round(multiplications({ name: 'BatchMatMul', inputShapes, outputShapes: [out] }));
  expect(
    product(
      [
        [3, 5],
        [5, 7],
      ],
      [3, 7],
    ),
  ).toBe(105);
  expect(
    product(
      [
        [5, 3],
        [7, 5],
      ],
      [3, 7],
    ),
  ).toBe(105);
  expect(
    product(
      [
        [2, 3, 5],
        [2, 5, 7],
      ],
      [2, 3, 7],
    ),
  ).toBe(210);
});
