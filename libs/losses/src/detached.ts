import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { withPrecision } from '@tessera/engine';

/**
 * Computes a constant of the step: in float32, and with no gradient to anything that `compute` reads (torch's `no_grad`). An
 * operation without inputs has no way back on the tape.
 */
export function detached<T extends Tensor>(compute: () => T): T {
  return tf.customGrad<T>(() => ({ value: withPrecision('f32', compute), gradFunc: () => [] }))();
}
