import type { Dataset } from '@tessera/core';
import { drawFraction, fileListSubset, holdOut, subset } from '@tessera/data';
import type { Recipe } from '../recipe/schema.ts';

/** The keys of `data:` that choose among a source's training images. */
export type SubsetKeys = Pick<
  Recipe['data'],
  'testFraction' | 'fileList' | 'fraction' | 'every' | 'limit' | 'subsetSeed'
>;

/** Every position. */
export function allOf({ size }: Dataset): Int32Array {
  return Int32Array.from({ length: size }, (_, i) => i);
}

/**
 * The positions to train on, ascending. Each key chooses among what those before it left: `testFraction` (first, so that the test images
 * are the same whatever is trained on), `fileList`, `fraction`, `every`, `limit`.
 */
export async function trainingSubset(dataset: Dataset, keys: SubsetKeys): Promise<Int32Array> {
  const { testFraction, fileList, fraction, every, limit, subsetSeed: seed } = keys;
  let chosen = testFraction === null ? allOf(dataset) : holdOut(dataset, { fraction: testFraction, seed }).train;
  if (fileList !== null) chosen = await fileListSubset(dataset, fileList, chosen);
  if (fraction !== null) {
    const positions = chosen;
    const among = {
      size: positions.length,
      label: (at: number) => dataset.label(positions[at] ?? 0),
    };
    chosen = drawFraction(among, { fraction, seed }).map((at) => positions[at] ?? 0);
  }
  const positions = chosen;
  return subset(positions.length, { every, limit }).map((at) => positions[at] ?? 0);
}

/** How many of a source's training images a run takes, and why not all. */
export interface Subset {
  /** `22 of 108 images (data.every=5)`; `108 images` where it takes all. */
  readonly text: string;
  /** Images of the source's training split. */
  readonly of: number;
  /** The settings that left images out: `data.every=5`. */
  readonly by: readonly string[];
  /** The settings that use all but the held-out ones: `data.every=1`. */
  readonly all: readonly string[];
  /** Images there are then. */
  readonly most: number;
}

/** What the keys of a recipe left of a source. */
export function subsetOf(
  { dataset, indices }: { readonly dataset: Dataset; readonly indices: Int32Array },
  keys: SubsetKeys,
): Subset {
  const { testFraction, subsetSeed: seed } = keys;
  const [of, count] = [dataset.size, indices.length];
  const most = testFraction === null ? of : holdOut(dataset, { fraction: testFraction, seed }).train.length;
  const open: readonly (readonly [key: keyof SubsetKeys, value: unknown, unset: boolean])[] = [
    ['fileList', null, keys.fileList === null],
    ['fraction', null, keys.fraction === null || keys.fraction === 1],
    ['every', 1, keys.every === 1],
    ['limit', null, keys.limit === null || keys.limit > count],
  ];
  const set = count < most ? open.filter(([, , unset]) => !unset) : [];
  const by = [
    ...(most < of ? [`data.testFraction=${String(testFraction)}`] : []),
    ...set.map(([key]) => `data.${key}=${String(keys[key])}`),
  ];
  return {
    text: count === of ? imagesText(of) : `${String(count)} of ${imagesText(of)} (${by.join(', ')})`,
    of,
    by,
    all: set.map(([key, value]) => `data.${key}=${String(value)}`),
    most,
  };
}

function imagesText(count: number): string {
  return `${String(count)} ${count === 1 ? 'image' : 'images'}`;
}
