import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { conv2DBackpropFilterConfig } from './conv2d-backprop-filter.ts';

const kernels: readonly KernelConfig[] = [conv2DBackpropFilterConfig];

/** Adds to tfjs's wasm backend what training needs and it lacks. Idempotent. */
export function registerWasmKernels(): void {
  for (const kernel of kernels) {
    const present = tf.getKernel(kernel.kernelName, 'wasm');
    if (present === kernel) continue;
    if (present) tf.unregisterKernel(kernel.kernelName, 'wasm');
    tf.registerKernel(kernel);
  }
}
