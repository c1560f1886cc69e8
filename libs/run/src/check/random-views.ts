import type { ViewGroup, ViewSpec } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';

/** Uniform in [0, 1), the same at every run. */
export function randomViews(specs: readonly ViewSpec[], batch: number): readonly ViewGroup[] {
  let state = 1;
  return specs.map(({ count, size, channels }) => {
    const values = new Float32Array(count * batch * size * size * channels);
    for (let i = 0; i < values.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator: its upper bits are good enough for pixels
      values[i] = (state >>> 8) / 2 ** 24;
    }
    return { count, pixels: tf.tensor4d(values, [count * batch, size, size, channels]) };
  });
}
