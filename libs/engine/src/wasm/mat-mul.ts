import * as tf from '@tensorflow/tfjs-core';
import { cpuFallback } from './cpu-fallback.ts';
import type { KernelConfig, KernelFunc, Tensor } from '@tensorflow/tfjs-core';

/**
 * tfjs's wasm multiplies with XNNPACK only where neither matrix is transposed, else in a scalar loop (25 ms instead of 1 for
 * [512, 128] x [512, 128]^T). Transposing first is cheap.
 * @param original tfjs's own kernel
 */
export function batchMatMulConfig(original: KernelConfig): KernelConfig {
  const integers = cpuFallback(original.kernelName);
  const kernelFunc: KernelFunc = (call) => {
    const { a, b } = call.inputs as { a: Tensor; b: Tensor };
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    if (a.dtype !== 'float32' || b.dtype !== 'float32') return integers.kernelFunc(call);
    if (!transposeA && !transposeB) return original.kernelFunc(call);
    return tf.tidy(() => tf.matMul(transposeA ? swapLast(a) : a, transposeB ? swapLast(b) : b));
  };
  return { ...original, kernelFunc };
}

/** [..., M, N] -> [..., N, M] */
function swapLast(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}
