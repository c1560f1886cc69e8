import { fold, rootKey, stream, TesseraError, type Dataset } from '@tessera/core';

/** What a draw of a share of the images needs to know of them. */
export type Labelled = Pick<Dataset, 'label' | 'size'>;

export interface DrawOptions {
  /** In (0, 1]: of each class. */
  readonly fraction: number;
  /** Another seed draws other images. */
  readonly seed: number;
}

/**
 * A share of each class, drawn at random: round(fraction * n) of its n images, at least one. Images without a label are one class more.
 * The draw depends on the seed and on how many images each class has; a larger fraction holds the smaller ones (the 1 % are part of the 10 %).
 * @returns positions, ascending
 * @throws TesseraError `E_OPTION_INVALID`
 */
export function drawFraction(images: Labelled, { fraction, seed }: DrawOptions): Int32Array {
  if (!(fraction > 0 && fraction <= 1)) throw notAShare('fraction', fraction, 'above 0, at most 1');
  return draw(images, seed, 'fraction', (count) => Math.max(1, Math.round(fraction * count)));
}

/** Two disjoint sets that together are the whole, ascending. */
export interface Split {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/**
 * Holds out a share of each class as test images: round(fraction * n) of its n images, at least one where there are two, and never all.
 * @throws TesseraError `E_OPTION_INVALID`
 */
export function holdOut(images: Labelled, { fraction, seed }: DrawOptions): Split {
  if (!(fraction > 0 && fraction < 1)) throw notAShare('testFraction', fraction, 'above 0, below 1');
  const test = draw(images, seed, 'test', (count) => Math.min(count - 1, Math.max(1, Math.round(fraction * count))));
  const held = new Set(test);
  const train = new Int32Array(images.size - test.length);
  let filled = 0;
  for (let i = 0; i < images.size; i++) if (!held.has(i)) train[filled++] = i;
  return { train, test };
}

/** Takes so many of each class, by a random order of the class. */
function draw(images: Labelled, seed: number, purpose: string, countOf: (size: number) => number): Int32Array {
  const drawn: number[] = [];
  for (const [label, positions] of byLabel(images)) {
    const order = stream(fold(rootKey(seed), 'subset', purpose, label + 1)).permutation(positions.length);
    for (const at of order.subarray(0, countOf(positions.length))) drawn.push(positions[at] ?? 0);
  }
  return Int32Array.from(drawn).sort();
}

/** Positions of each label; -1: none. */
function byLabel(images: Labelled): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>();
  for (let i = 0; i < images.size; i++) {
    const own = images.label(i) ?? -1;
    const group = groups.get(own);
    if (group) group.push(i);
    else groups.set(own, [i]);
  }
  return groups;
}

function notAShare(key: string, value: number, expected: string): TesseraError {
  return new TesseraError({
    code: 'E_OPTION_INVALID',
    message: `'data.${key}' is ${String(value)}: expected a share ${expected}`,
    next: 'Correct the value and run again.',
  });
}
