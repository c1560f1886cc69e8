import { TesseraError } from '@tessera/core';
import { likeness, listed, sameName } from './class-names.ts';

const INTEGER = /^(0|[1-9]\d*)$/;
/** A number as large is an identifier, not a place in a list of classes. */
const LARGEST = 1_000_000;

/** Labels, and the names of their classes; -1: no label. */
export interface Labels {
  readonly labels: Int32Array;
  readonly classes: readonly string[];
}

/**
 * Labels from what a source wrote beside its images. Where all are whole numbers, they are the labels and the classes are called by their
 * numbers; else the classes are the words, sorted.
 * @param written for each image a place in `words`, or -1
 * @param classes names in label order, of a training set, say; a number may then also be a place in them
 * @returns none where no image has a label
 * @throws TesseraError `E_DATA_CLASSES` where a label is none of `classes`
 */
export function labelsFrom(
  written: ArrayLike<number>,
  words: readonly string[],
  classes?: readonly string[],
): Labels | undefined {
  if (words.length === 0) return undefined;
  const names = classes ?? classesOf(words);
  const places = new Map(names.map((name, place) => [sameName(name), place]));
  const labelOfWord = words.map((word) => {
    const place =
      places.get(sameName(word)) ?? (INTEGER.test(word) && Number(word) < names.length ? Number(word) : undefined);
    if (place === undefined) throw stranger(word, names);
    return place;
  });
  return { labels: Int32Array.from(written, (word) => labelOfWord[word] ?? -1), classes: names };
}

function classesOf(words: readonly string[]): readonly string[] {
  const numbers = words.every((word) => INTEGER.test(word)) ? words.map(Number) : [];
  const largest = numbers.reduce((most, number) => Math.max(most, number), -1);
  if (largest >= 0 && largest < LARGEST) return Array.from({ length: largest + 1 }, (_, label) => String(label));
  return [...words].sort();
}

function stranger(word: string, names: readonly string[]): TesseraError {
  return new TesseraError({
    code: 'E_DATA_CLASSES',
    message: `the label '${word}' is none of the classes (${listed(names, 5)})${likeness(word, names)}`,
    next: 'Correct the label or data.options.classes, or compare data sets that have the same classes.',
  });
}

/** Numbers words in the order of their first use; one word, whichever Unicode form it is written in. */
export class Words {
  readonly #places = new Map<string, number>();

  place(written: string): number {
    const word = sameName(written);
    const known = this.#places.get(word);
    if (known !== undefined) return known;
    this.#places.set(word, this.#places.size);
    return this.#places.size - 1;
  }

  all(): string[] {
    return [...this.#places.keys()];
  }
}
