import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { hasKernel, tryKernel } from './try-kernel.ts';

/**
 * Leaves bf16. tfjs calls a tensor float32 also where the torch engine holds bf16, so `tf.cast` cannot tell them apart; this does. Use it
 * before losses, statistics and anything that is read back. Differentiable: the gradient passes unchanged, in float32.
 * @returns a float32 copy on an engine with bf16, `x` itself on the others
 */
export function toFloat32<T extends Tensor>(x: T): T {
  if (x.dtype !== 'float32' || !hasKernel('TesseraToFloat32')) return x;
  const upcast = tf.customGrad((input) => ({
    value: tryKernel('TesseraToFloat32', { x: input as Tensor })?.[0] ?? (input as Tensor),
    gradFunc: (dy: Tensor) => dy.clone(),
  }));
  return upcast(x) as T;
}
