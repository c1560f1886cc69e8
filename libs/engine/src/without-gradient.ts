import * as tf from '@tensorflow/tfjs-core';
import { mapTensors } from './map-tensors.ts';

/** Where the constants of a step come from. */
type Source = <T>(compute: () => T) => T;
let source: Source = constant;

/**
 * Computes a constant of the step, such as the targets of a momentum encoder: no gradient flows through what `compute` returns, to
 * nothing that it read (torch's `no_grad` and `detach` in one). The precision in force stays in force, so a target encoder runs in bf16
 * where its online twin does. What it made and does not return is freed.
 * @param compute synchronous; returns a tensor, or tensors in arrays and plain objects
 * @returns the same in new tensors, the caller's. An input that is handed back comes as a copy without a way back, too.
 */
export function withoutGradient<T>(compute: () => T): T {
  return source(compute);
}

function constant<T>(compute: () => T): T {
  // tfjs records an operation while gradientDepth is above 0; its tape is set aside, so that gradients may be taken within, too.
  const { state } = tf.engine();
  const { gradientDepth, activeTape } = state;
  state.gradientDepth = 0;
  try {
    // Copies, for a tensor that was recorded before keeps its way back.
    return tf.tidy(() => mapTensors(compute(), (x) => tf.clone(x)) as tf.TensorContainer) as T;
  } finally {
    state.gradientDepth = gradientDepth;
    state.activeTape = activeTape;
  }
}

/**
 * Evaluations of one function whose constants stay what they were: for finite differences, which move its inputs and must not move what
 * a gradient holds constant. The first `run` computes what `withoutGradient` returns in it; later ones get the same, in the order of the
 * calls.
 */
export function holdConstants(): { readonly run: Source; readonly dispose: () => void } {
  const values: unknown[] = [];
  let first = true;
  const record: Source = (compute) => {
    const value = from(constant, () => constant(compute)); // constants within are computed with it
    values.push(mapTensors(value, (x) => tf.keep(tf.clone(x))));
    return value;
  };
  const replay = (): Source => {
    let at = 0;
    return (compute) =>
      at < values.length ? mapTensors(values[at++] as never, (x) => tf.clone(x)) : constant(compute);
  };
  return {
    run: (compute) => {
      const next = first ? record : replay();
      first = false;
      return from(next, compute);
    },
    dispose: () => {
      tf.dispose(values as tf.TensorContainer);
    },
  };
}

function from<T>(next: Source, run: () => T): T {
  const outer = source;
  source = next;
  try {
    return run();
  } finally {
    source = outer;
  }
}
