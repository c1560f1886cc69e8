import type { ViewRequest } from '@tessera/core';
import { openEngine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { compose } from '../compose.ts';
import { factsOf } from '../images/data-facts.ts';
import { openTrainingImages } from '../images/images.ts';
import { prepared, tinySimclr, tinySwav } from '../testing/tiny.ts';
import { openViewImages, viewFeatures } from './view-features.ts';

/** The features of both views of every draw, as rows. */
async function drawn(recipe: object, request: ViewRequest): Promise<{ pairs: number[][][][]; heldOut: boolean[] }> {
  const ready = await prepared(recipe);
  const training = await openTrainingImages(ready);
  const images = await openViewImages(ready, training);
  const composition = compose(ready, factsOf(training));
  const pairs: number[][][][] = [];
  const heldOut: boolean[] = [];
  try {
    const encoder = composition.method.representation;
    for await (const draw of viewFeatures(composition, encoder, images, request)) {
      pairs.push([draw.first_ND.arraySync(), draw.second_ND.arraySync()]);
      heldOut.push(draw.heldOut);
      tf.dispose([draw.first_ND, draw.second_ND]);
    }
  } finally {
    await composition.dispose();
  }
  expect(tf.memory().numTensors).toBe(0);
  return { pairs, heldOut };
}

const held = { ...tinySimclr, data: { ...tinySimclr.data, testFraction: 0.25 } };
const plain = { ...tinySimclr, augmenter: { name: 'plain', options: { size: 8 } } };

beforeAll(async () => {
  await openEngine('cpu');
});

describe('viewFeatures', () => {
  it('draws two views of each image, others every time, and the same in the next run', async () => {
    const { pairs, heldOut } = await drawn(held, { images: 200, draws: 2 });
    expect(pairs.map((pair) => pair.map((rows) => rows.length))).toEqual([
      [10, 10],
      [10, 10],
    ]);
    expect(heldOut).toEqual([true, true]);
    expect(pairs[0]?.[0]).not.toEqual(pairs[0]?.[1]);
    expect(pairs[0]).not.toEqual(pairs[1]);
    expect((await drawn(held, { images: 200, draws: 2 })).pairs).toEqual(pairs);
    expect((await drawn({ ...held, seed: 1 }, { images: 200, draws: 1 })).pairs[0]).not.toEqual(pairs[0]);
  });

  it('takes at most so many images, evenly spread', async () => {
    // Of one view an image that never changes: which images they are can be told by their features.
    const all = (await drawn(plain, { images: 200, draws: 1 })).pairs[0]?.[0] ?? [];
    const some = (await drawn(plain, { images: 4, draws: 1 })).pairs[0]?.[0];
    expect(all).toHaveLength(new Set(all.map(String)).size);
    expect(some).toEqual([0, 10, 20, 30].map((at) => all[at]));
  });

  it('asks an augmenter of one view twice', async () => {
    const { pairs } = await drawn(plain, { images: 8, draws: 2 });
    expect(pairs).toHaveLength(2);
    expect(pairs[0]?.[1]).toEqual(pairs[0]?.[0]);
    const single = {
      ...tinySimclr,
      augmenter: { name: 'pipeline', options: { views: [{ count: 1, size: 8, crop: { scale: [0.2, 1] }, ops: [] }] } },
    };
    const [first, second] = (await drawn(single, { images: 8, draws: 2 })).pairs;
    expect(first?.[0]).not.toEqual(first?.[1]);
    expect(first?.[1]).not.toEqual(second?.[0]);
  });

  it('takes the first two of many crops', async () => {
    const { pairs } = await drawn(tinySwav, { images: 6, draws: 1 });
    expect(pairs[0]?.map((rows) => rows.length)).toEqual([6, 6]);
    expect(pairs[0]?.[0]).not.toEqual(pairs[0]?.[1]);
  });
});
