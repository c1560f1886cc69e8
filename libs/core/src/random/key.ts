import { philox4x32 } from './philox.ts';

/**
 * A name for a stream of random numbers: plain JSON, 64 bits. Keys are made from keys by folding in what the draw is for
 * (`epoch`, `sampleId`, `view` ...), so the same path gives the same numbers in any process, worker or order.
 */
export type RandomKey = readonly [number, number];

const scratch = new Uint32Array(4);

/** FNV-1a over UTF-16 code units: turns a label into a word to fold in. */
function hashLabel(label: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The key of a run. @param seed a non-negative safe integer */
export function rootKey(seed: number): RandomKey {
  return [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
}

/**
 * Derives a key. Numbers (non-negative integers) and labels live in separate domains: `fold(k, 1)` is not `fold(k, '1')`.
 * @example fold(rootKey(seed), 'augment', epoch, sampleId, view)
 */
export function fold(key: RandomKey, ...path: readonly (number | string)[]): RandomKey {
  let [key0, key1] = key;
  for (const part of path) {
    if (typeof part === 'string') philox4x32(scratch, hashLabel(part), part.length, 0, 1, key0, key1);
    else philox4x32(scratch, part >>> 0, Math.floor(part / 2 ** 32) >>> 0, 0, 2, key0, key1);
    key0 = scratch[0] ?? 0;
    key1 = scratch[1] ?? 0;
  }
  return [key0, key1];
}
