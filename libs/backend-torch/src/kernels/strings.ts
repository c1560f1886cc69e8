import * as tf from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../backend.ts';
import { TensorFlowError } from '../errors.ts';
import { defineKernel } from '../kernel.ts';
import { stringCount } from '../limits.ts';
import { readIntegers, writeIntegers } from './host.ts';
import { nGrams } from './string-n-grams.ts';

const bad = (message: string): TensorFlowError => new TensorFlowError(message);

function readStrings(backend: TorchBackend, input: TensorInfo): Uint8Array[] {
  if (input.dtype !== 'string') throw bad(`expected strings, got ${input.dtype}`);
  return backend.readSync(input.dataId) as Uint8Array[];
}

const writeStrings = (backend: TorchBackend, values: Uint8Array[], shape: number[]): TensorInfo => ({
  dataId: backend.write(values, shape, 'string'),
  shape,
  dtype: 'string',
});

/** The parts of a byte string between any of the delimiter's bytes; without a delimiter its single bytes. */
function split(text: Uint8Array, delimiter: Uint8Array, skipEmpty: boolean): Uint8Array[] {
  if (text.length === 0) return [];
  if (delimiter.length === 0) return Array.from({ length: stringCount(text.length) }, (_, i) => text.slice(i, i + 1));
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let end = 0; end <= text.length; end++) {
    if (end < text.length && !delimiter.includes(text[end] ?? 0)) continue;
    if (end > start || !skipEmpty) stringCount(parts.push(text.slice(start, end)));
    start = end + 1;
  }
  return parts;
}

/** The 64-bit integers of the package `long`, whose types tfjs-core does not find. */
interface Long {
  modulo(divisor: number): Long;
  getLowBitsUnsigned(): number;
}
const fingerprint = util.fingerPrint64 as (text: Uint8Array) => Long;

/** What TensorFlow computes with strings, in plain TypeScript on their UTF-8 bytes. */
export const stringKernels: readonly KernelConfig[] = [
  defineKernel<tf.StringNGramsInputs, tf.StringNGramsAttrs>(
    tf.StringNGrams,
    ({ data, dataSplits }, attrs, backend) => {
      const result = nGrams(readStrings(backend, data), readIntegers(backend, dataSplits), attrs);
      return [
        writeStrings(backend, result.values, [result.values.length]),
        writeIntegers(backend, result.splits, dataSplits.shape),
      ];
    },
    'strings',
  ),
  defineKernel<tf.StringSplitInputs, tf.StringSplitAttrs>(
    tf.StringSplit,
    ({ input, delimiter }, { skipEmpty }, backend) => {
      if (input.shape.length !== 1) throw bad(`stringSplit takes a vector, got the shape [${String(input.shape)}]`);
      const [by, ...more] = readStrings(backend, delimiter);
      if (by === undefined || more.length > 0) throw bad('the delimiter of stringSplit is one string');
      let total = 0;
      const rows = readStrings(backend, input).map((text) => {
        const parts = split(text, by, skipEmpty);
        stringCount((total += parts.length));
        return parts;
      });
      const values = rows.flat();
      const places = new Int32Array(2 * total);
      let at = 0;
      rows.forEach((row, i) => {
        for (let j = 0; j < row.length; j++) {
          places[at++] = i;
          places[at++] = j;
        }
      });
      return [
        writeIntegers(backend, places, [total, 2]),
        writeStrings(backend, values, [values.length]),
        writeIntegers(backend, [rows.length, rows.reduce((most, { length }) => Math.max(most, length), 0)], [2]),
      ];
    },
    'strings',
  ),
  defineKernel<tf.StringToHashBucketFastInputs, tf.StringToHashBucketFastAttrs>(
    tf.StringToHashBucketFast,
    ({ input }, { numBuckets }, backend) => {
      if (numBuckets < 1) throw bad(`the number of buckets is at least 1, got ${numBuckets}`);
      const buckets = readStrings(backend, input).map((text) =>
        fingerprint(text).modulo(numBuckets).getLowBitsUnsigned(),
      );
      return writeIntegers(backend, buckets, input.shape);
    },
    'strings',
  ),
  defineKernel<tf.StaticRegexReplaceInputs, tf.StaticRegexReplaceAttrs>(
    tf.StaticRegexReplace,
    ({ x }, { pattern, rewrite, replaceGlobal }, backend) => {
      const expression = new RegExp(pattern, replaceGlobal ? 'g' : '');
      const replaced = readStrings(backend, x).map((text) =>
        util.encodeString(util.decodeString(text).replace(expression, rewrite)),
      );
      return writeStrings(backend, replaced, x.shape);
    },
    'strings',
  ),
];
