import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';

const wrapped = new WeakSet<KernelConfig>();

/**
 * Lets `tf.split(x, [-1])` and `tf.split(x, [-1, 2])` take the rest of the axis on the current backend: tfjs counts a -1 that comes first
 * as a size, and writes over the caller's list. Idempotent.
 */
export function registerSplitSizes(): void {
  const name = tf.getBackend();
  const original = tf.getKernel(tf.SplitV, name);
  if (wrapped.has(original)) return;
  const kernelFunc: KernelFunc = (call) => {
    const { numOrSizeSplits: sizes, axis } = call.attrs as { numOrSizeSplits: number | number[]; axis: number };
    if (!Array.isArray(sizes) || sizes.filter((size) => size === -1).length !== 1) return original.kernelFunc(call);
    const { shape } = call.inputs['x'] as TensorInfo;
    const whole = shape[axis < 0 ? shape.length + axis : axis] ?? NaN;
    const rest = sizes.reduce((left, size) => (size === -1 ? left : left - size), whole);
    // Too little for the rest: tfjs says so itself.
    const numOrSizeSplits = rest < 0 ? [...sizes] : sizes.map((size) => (size === -1 ? rest : size));
    return original.kernelFunc({ ...call, attrs: { ...call.attrs, numOrSizeSplits } });
  };
  const config = { ...original, kernelFunc };
  wrapped.add(config);
  tf.unregisterKernel(tf.SplitV, name);
  tf.registerKernel(config);
}
