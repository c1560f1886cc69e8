import { rootKey, type Dataset, type JsonObject, type RgbImage } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { SHAPE_CLASSES } from './classes.ts';
import { OUTLINES } from './outlines.ts';
import { shapesDataset } from './shapes.ts';

async function open(options: JsonObject = {}): Promise<Dataset> {
  return shapesDataset.build(options, { root: '.', key: rootKey(0) });
}

async function read(dataset: Dataset, index: number): Promise<RgbImage> {
  const picture = await shapesDataset.read(JSON.parse(JSON.stringify(dataset.locate(index))) as never);
  if (picture.kind !== 'pixels') throw new Error('expected pixels');
  return picture.image;
}

/** Share of queries whose twenty most similar neighbours (cosine of centred raw pixels) mostly have their class. */
function pixelNeighbours(
  bank: readonly Float64Array[],
  bankLabels: readonly number[],
  queries: readonly Float64Array[],
  labels: readonly number[],
): number {
  let right = 0;
  queries.forEach((query, i) => {
    const ranked = bank.map((row, j) => [dot(row, query), bankLabels[j] ?? 0] as const).sort((a, b) => b[0] - a[0]);
    const votes = new Array<number>(10).fill(0);
    for (const [, label] of ranked.slice(0, 20)) votes[label] = (votes[label] ?? 0) + 1;
    if (votes.indexOf(Math.max(...votes)) === labels[i]) right++;
  });
  return right / queries.length;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function unit({ data }: RgbImage): Float64Array {
  const values = Float64Array.from(data);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = values.map((value) => value - mean);
  const norm = Math.sqrt(dot(centred, centred));
  return centred.map((value) => value / norm);
}

describe('shapes', () => {
  it('is deterministic in (seed, split, index), and each of them matters', async () => {
    const train = await open({ count: 100 });
    expect(await read(train, 5)).toEqual(await read(await open({ count: 100 }), 5));
    expect(await read(train, 5)).not.toEqual(await read(train, 6));
    expect(await read(train, 5)).not.toEqual(await read(await open({ count: 100, split: 'test' }), 5));
    expect(await read(train, 5)).not.toEqual(await read(await open({ count: 100, seed: 1 }), 5));
  });

  it('has ten classes in class-major order, balanced also when thinned', async () => {
    const dataset = await open();
    expect([dataset.size, dataset.classes?.length]).toEqual([2000, 10]);
    for (const every of [1, 5]) {
      const counts = new Array<number>(10).fill(0);
      for (let i = 0; i < dataset.size; i += every) {
        const label = dataset.label(i) ?? -1;
        counts[label] = (counts[label] ?? 0) + 1;
      }
      expect(new Set(counts)).toEqual(new Set([200 / every]));
    }
  });

  it('tells classes by outline and texture together: neither alone is enough', () => {
    for (const part of ['outline', 'texture'] as const) {
      const uses = new Map<string, number>();
      for (const shape of SHAPE_CLASSES) uses.set(shape[part], (uses.get(shape[part]) ?? 0) + 1);
      expect([...uses.values()]).toEqual([2, 2, 2, 2, 2]);
    }
  });

  it('draws outlines of about the same extent', () => {
    for (const distance of Object.values(OUTLINES)) {
      expect(distance(0, 0)).toBeLessThan(-0.3);
      expect(distance(1.3, 1.3)).toBeGreaterThan(0);
      let area = 0;
      for (let y = -1.5; y < 1.5; y += 0.02)
        for (let x = -1.5; x < 1.5; x += 0.02) if (distance(x, y) < 0) area += 0.0004;
      expect(area).toBeGreaterThan(1);
      expect(area).toBeLessThan(2.7);
    }
  });

  it('is hard for raw pixels', async () => {
    const [train, test] = [await open({ count: 500 }), await open({ count: 100, split: 'test' })];
    const bank = await Promise.all(Array.from({ length: 500 }, async (_, i) => unit(await read(train, i))));
    const queries = await Promise.all(Array.from({ length: 100 }, async (_, i) => unit(await read(test, i))));
    const labels = (dataset: Dataset): number[] =>
      Array.from({ length: dataset.size }, (_, i) => dataset.label(i) ?? -1);
    expect(pixelNeighbours(bank, labels(train), queries, labels(test))).toBeLessThan(0.35);
  });

  it('renders any size', async () => {
    const image = await read(await open({ size: 96 }), 0);
    expect([image.width, image.height, image.data.length]).toEqual([96, 96, 96 * 96 * 3]);
  });
});
