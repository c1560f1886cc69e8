import { util } from '@tensorflow/tfjs-core';
import type { StringNGramsAttrs } from '@tensorflow/tfjs-core';
import { TensorFlowError } from '../errors.ts';
import { listable, stringCount } from '../limits.ts';

/** A ragged list of strings: row i is values[splits[i]] up to, not including, values[splits[i + 1]]. */
interface Ragged {
  readonly values: Uint8Array[];
  readonly splits: Int32Array;
}

/**
 * All runs of `nGramWidths` neighbouring tokens of each row, joined by the separator. A row is padded on both sides by `padWidth` pads, or
 * by as many as let its first token be the last of an n-gram (`padWidth` -1), at most width - 1.
 */
export function nGrams(tokens: readonly Uint8Array[], splits: Int32Array, attrs: StringNGramsAttrs): Ragged {
  requireSplits(splits, tokens.length);
  const { separator, nGramWidths, leftPad, rightPad, padWidth, preserveShortSequences } = attrs;
  if (tokens.length === 0 || splits.length === 0) return { values: [], splits: splits.map(() => 0) };
  const [between, left, right] = [separator, leftPad, rightPad].map((text) => util.encodeString(text)) as Triple;
  const padded = (row: readonly Uint8Array[], pads: number): Uint8Array[] => [
    ...Array.from({ length: pads }, () => left),
    ...row,
    ...Array.from({ length: pads }, () => right),
  ];
  let [grammed, joined] = [0, 0];
  const rows = Array.from(splits.slice(1), (end, i) => {
    const row = tokens.slice(splits[i], end);
    const grams = nGramWidths.flatMap((width) => {
      const pads = Math.min(padWidth < 0 ? width - 1 : padWidth, width - 1);
      const count = Math.max(0, row.length + 2 * listable(pads) - width + 1);
      // A width of a million is a million n-grams of a million pads.
      stringCount((grammed += count));
      listable((joined += count * width));
      const all = padded(row, pads);
      return Array.from({ length: count }, (_, first) => join(all.slice(first, first + width), between));
    });
    const short = preserveShortSequences && grams.length === 0 && row.length > 0;
    return short ? [join(padded(row, listable(padWidth)), between)] : grams;
  });
  const ends = new Int32Array(splits.length);
  rows.forEach(({ length }, i) => (ends[i + 1] = (ends[i] ?? 0) + length));
  return { values: rows.flat(), splits: ends };
}

type Triple = [Uint8Array, Uint8Array, Uint8Array];

function join(parts: readonly Uint8Array[], separator: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [separator, part]))));
}

function requireSplits(splits: Int32Array, count: number): void {
  if (splits.length === 0) return;
  const fail = (message: string): never => {
    throw new TensorFlowError(message);
  };
  if (splits[0] !== 0) fail(`First split value must be 0, got ${splits[0] ?? ''}`);
  splits.forEach((split, i) => {
    const before = splits[i - 1] ?? 0;
    if (split < before || split > count) fail(`Invalid split value ${split}, must be in [${before}, ${count}]`);
  });
  const last = splits.at(-1) ?? 0;
  if (last !== count) fail(`Last split value must be data size. Expected ${count}, got ${last}`);
}
