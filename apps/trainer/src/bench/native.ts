import * as tf from '@tensorflow/tfjs-core';

/** The functions of the torch addon, by name. */
export type NativeFunctions = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

/** A backend whose work is done by an addon: torch's. */
export interface NativeBackend {
  readonly native: NativeFunctions;
}

/** The current backend, if it is one with an addon. */
export function nativeBackend(): NativeBackend | undefined {
  const backend: object = tf.backend();
  return 'native' in backend && typeof backend.native === 'object' ? (backend as NativeBackend) : undefined;
}
