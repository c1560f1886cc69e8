import type { Dataset } from '@tessera/core';
import { drawFraction, fileListSubset, holdOut, subset } from '@tessera/data';
import type { Recipe } from './recipe/schema.ts';

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
