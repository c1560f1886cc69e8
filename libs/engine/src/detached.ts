import type { Tensor } from '@tensorflow/tfjs-core';
import { withPrecision } from './precision.ts';
import { withoutGradient } from './without-gradient.ts';

/** Computes a constant of the step: in float32, and with no gradient to anything that `compute` reads (torch's `no_grad`). */
export function detached<T extends Tensor>(compute: () => T): T {
  return withPrecision('f32', () => withoutGradient(compute));
}
