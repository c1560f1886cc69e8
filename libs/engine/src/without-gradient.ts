import * as tf from '@tensorflow/tfjs-core';
import { Tensor } from '@tensorflow/tfjs-core';

/**
 * Computes a constant of the step, such as the targets of a momentum encoder: no gradient flows through what `compute` returns, to
 * nothing that it read (torch's `no_grad` and `detach` in one). The precision in force stays in force, so a target encoder runs in bf16
 * where its online twin does. What it made and does not return is freed.
 * @param compute synchronous; returns a tensor, or tensors in arrays and plain objects
 * @returns the same in new tensors, the caller's. An input that is handed back comes as a copy without a way back, too.
 */
export function withoutGradient<T>(compute: () => T): T {
  // tfjs records an operation while gradientDepth is above 0; its tape is set aside, so that gradients may be taken within, too.
  const { state } = tf.engine();
  const { gradientDepth, activeTape } = state;
  state.gradientDepth = 0;
  try {
    return tf.tidy(() => copied(compute()) as tf.TensorContainer) as T;
  } finally {
    state.gradientDepth = gradientDepth;
    state.activeTape = activeTape;
  }
}

/** New tensors for old: a tensor that was recorded before keeps its way back, a copy that is not recorded has none. */
function copied(value: unknown): unknown {
  if (value instanceof Tensor) return tf.clone(value);
  if (Array.isArray(value)) return value.map(copied);
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copied(entry)]));
  return value;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
