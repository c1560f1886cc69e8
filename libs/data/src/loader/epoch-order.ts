import { fold, rootKey, stream } from '@tessera/core';

/** The order in which an epoch visits the positions of a subset. */
export function epochOrder(count: number, shuffle: boolean, seed: number, epoch: number): Uint32Array {
  if (!shuffle) return Uint32Array.from({ length: count }, (_, i) => i);
  return stream(fold(rootKey(seed), 'shuffle', epoch)).permutation(count);
}

/**
 * Positions that may stand in for an image that cannot be read, in the order to be tried. Keyed by (seed, epoch, sample): the choice
 * depends neither on the number of workers nor on when the image was found to be bad.
 */
export function* replacements(count: number, seed: number, epoch: number, sampleId: number): Generator<number> {
  const random = stream(fold(rootKey(seed), 'replace', epoch, sampleId));
  for (;;) yield random.integer(count);
}
