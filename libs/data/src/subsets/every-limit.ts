import { TesseraError } from '@tessera/core';

export interface SubsetOptions {
  /** Each n-th image in sorted order. Default 1. */
  readonly every?: number | undefined;
  /** At most so many, spread evenly over what `every` left, so that sorted class folders stay balanced. Default: all. */
  readonly limit?: number | null | undefined;
}

/**
 * The positions of a subset, ascending.
 * @throws TesseraError `E_OPTION_INVALID`
 */
export function subset(size: number, { every = 1, limit }: SubsetOptions = {}): Int32Array {
  for (const [name, value] of Object.entries({ every, limit: limit ?? 1 })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new TesseraError({
      code: 'E_OPTION_INVALID',
      message: `'data.${name}' is ${String(value)}: expected a whole number, 1 or more`,
      next: 'Correct the value and run again.',
    });
  }
  const thinned = Math.ceil(size / every);
  const count = Math.min(thinned, limit ?? thinned);
  return Int32Array.from({ length: count }, (_, i) => Math.floor((i * thinned) / count) * every);
}
