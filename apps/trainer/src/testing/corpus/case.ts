import type { Picture } from './picture.ts';

/** What must become of a file. */
export type Expected =
  /** It is decoded to this picture; `within`: the mean difference of a value that lossy compression may make. Default 0. */
  | { readonly kind: 'picture'; readonly picture: Picture; readonly within?: number }
  /** It is decoded, or skipped with a reason: damage that a format cannot notice. */
  | { readonly kind: 'either' }
  /** It is skipped, with a reason. */
  | { readonly kind: 'skipped'; readonly reason?: RegExp };

/** One file of the corpus. */
export interface CorpusCase {
  readonly file: string;
  /** What is odd about it. */
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly expected: Expected;
}

/** Shorthand of the tables of cases. */
export function picture(of: Picture, within = 0): Expected {
  return { kind: 'picture', picture: of, within };
}

export const skipped: Expected = { kind: 'skipped' };
export const either: Expected = { kind: 'either' };
