import type { DataFacts } from '@tessera/core';
import type { ImageSet } from './images.ts';

/** What methods are told of the training images. */
export function factsOf({ dataset, indices }: ImageSet): DataFacts {
  return { size: indices.length, ...(dataset.classes && { classes: dataset.classes.length }) };
}

/**
 * Sample ids as methods see them, from the loader's: places among the training images, 0 to size - 1, so that a memory bank has a row for each of
 * them and no others. The loader counts in the whole data set, which keeps an image's draws the same in any subset.
 */
export function placesIn({ dataset, indices }: ImageSet): (positions: Int32Array) => Int32Array {
  if (indices.length === dataset.size) return (positions) => positions; // ascending, so the same
  const places = new Int32Array(dataset.size).fill(-1);
  indices.forEach((position, place) => (places[position] = place));
  return (positions) => positions.map((position) => places[position] ?? -1);
}
