import { product, resultShape, sizesOf } from './convolution.ts';
import type { Convolution } from './convolution.ts';

/** Flat, in the layouts of tfjs. */
export interface Operands {
  readonly x: Float32Array;
  readonly filter: Float32Array;
  readonly dy: Float32Array;
  readonly bias: Float32Array;
}

/**
 * Integers from -2 to 2: bfloat16 holds them, and float32 their products' sums, in whatever order (fewer than four million products make one
 * element of any result here). So a right result has one value, bit for bit, and nobody needs a tolerance.
 */
export function operands(c: Convolution): Operands {
  const { outputs } = sizesOf(c);
  return {
    x: whole(product(c.x), 1),
    filter: whole(product(c.filter), 2),
    dy: whole(product(resultShape(c)), 3),
    bias: whole(outputs, 4),
  };
}

/** Products that one element may be the sum of. */
export const MOST_PRODUCTS = 2 ** 22 - 1;

function whole(length: number, seed: number): Float32Array {
  const values = new Float32Array(length);
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = ((state >>> 16) % 5) - 2;
  }
  return values;
}
