import * as tf from '@tensorflow/tfjs-core';

/** A backend that can sum in float64: torch's, and wasm's. */
interface ExactBackend {
  exactSums: boolean;
}

function canBeExact(backend: object): backend is ExactBackend {
  return 'exactSums' in backend;
}

/**
 * Runs with float32 convolutions and matrix products that multiply and add in float64 and round their result once. It tells whether a
 * number differs from a reference by rounding or by a mistake; training with it is several times slower on
 * torch, a hundred times on wasm.
 * @param run synchronous: the setting belongs to the process
 * @returns what `run` gives, and whether the engine could; others compute as always
 */
export function withExactSums<T>(run: () => T): { readonly value: T; readonly exact: boolean } {
  const backend: object = tf.backend();
  if (!canBeExact(backend)) return { value: run(), exact: false };
  const before = backend.exactSums;
  backend.exactSums = true;
  try {
    return { value: run(), exact: true };
  } finally {
    backend.exactSums = before;
  }
}
