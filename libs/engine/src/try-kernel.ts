import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';

/**
 * Runs a kernel of the current backend if it has one of that name. The caller keeps the composed formula, for `undefined`, and the gradient:
 * wrap both in `tf.customGrad`.
 * @param name for example `TesseraReluGrad`; see @tessera/backend-torch/kernel-specs for names, inputs and attributes
 * @returns the kernel's outputs, `[]` for one that works in place, `undefined` where the backend lacks it
 */
export function tryKernel(name: string, inputs: NamedTensorMap, attrs: object = {}): Tensor[] | undefined {
  if (!hasKernel(name)) return undefined;
  // runKernel's own types know one output or several, and attributes as tfjs's own union; ours are described by the kernel specs.
  const outputs: unknown = tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap);
  if (outputs === undefined) return [];
  return Array.isArray(outputs) ? (outputs as Tensor[]) : [outputs as Tensor];
}

/** Whether the current backend has the kernel. */
export function hasKernel(name: string): boolean {
  // tfjs types the answer as if it were never undefined.
  const kernel: unknown = tf.getKernel(name, tf.getBackend());
  return kernel !== undefined;
}
