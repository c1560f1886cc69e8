import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { castConfig, withoutBool } from './bool.ts';
import { conv2DBackpropFilterConfig } from './conv2d-backprop-filter.ts';
import { conv2DBackpropInputConfig } from './conv2d-backprop-input.ts';
import {
  channelsLast,
  cpuFallback,
  cpuWhere,
  float32Only,
  noStrings,
  plainFusedConv,
  vectorBias,
} from './cpu-fallback.ts';
import { exactConv2D, exactMatMul } from './exact-sums.ts';
import { identityConfig } from './identity.ts';
import { batchMatMulConfig } from './mat-mul.ts';
import { maxPoolGradConfig } from './max-pool-grad.ts';
import { oneHotConfig } from './one-hot.ts';
import { reduceRowsConfig } from './reduce-rows.ts';
import { tileConfig } from './tile.ts';
import { unsortedSegmentSumConfig } from './unsorted-segment-sum.ts';

/** Kernels that tfjs's wasm backend has not. What is still missing after these: complex numbers, FFT and drawing. */
const added: readonly KernelConfig[] = [
  channelsLast(conv2DBackpropFilterConfig),
  cpuFallback(tf.DepthwiseConv2dNativeBackpropFilter),
  cpuFallback(tf.DepthwiseConv2dNativeBackpropInput),
  cpuFallback(tf.Einsum),
  cpuFallback(tf.RaggedGather),
  cpuFallback(tf.RaggedRange),
  cpuFallback(tf.RaggedTensorToTensor),
  cpuFallback(tf.StaticRegexReplace),
  unsortedSegmentSumConfig,
];

/** Kernels that it has, but too slow for training, or that are wrong (MaxPoolGrad, OneHot; others for int32 or bool). */
const replaced: Readonly<Record<string, (original: KernelConfig) => KernelConfig>> = {
  [tf.BatchMatMul]: (original) => batchMatMulConfig(exactMatMul(original)),
  [tf.Bincount]: cpuWhere(({ inputs }) => inputs['x']?.shape.length !== 1),
  [tf.Conv2D]: (original) => channelsLast(exactConv2D(original)),
  [tf.Cast]: castConfig,
  [tf.Conv2DBackpropInput]: (original) => channelsLast(conv2DBackpropInputConfig(original)),
  [tf.Equal]: noStrings,
  [tf.Fill]: noStrings,
  [tf.FusedConv2D]: plainFusedConv,
  [tf.FusedDepthwiseConv2D]: plainFusedConv,
  [tf.Greater]: noStrings,
  [tf.GreaterEqual]: noStrings,
  [tf.Identity]: () => identityConfig,
  [tf.Less]: noStrings,
  [tf.LessEqual]: noStrings,
  [tf.MaxPoolGrad]: () => maxPoolGradConfig,
  [tf.NotEqual]: noStrings,
  [tf.OneHot]: () => oneHotConfig,
  [tf.Mean]: reduceRowsConfig,
  [tf.Reverse]: withoutBool(['x']),
  [tf.Select]: withoutBool(['t', 'e']),
  [tf.SparseToDense]: noStrings,
  [tf.StridedSlice]: float32Only,
  [tf.Sum]: reduceRowsConfig,
  [tf.Tile]: () => noStrings(tileConfig),
  [tf._FusedMatMul]: vectorBias,
};

let registered = false;

/** Adds to tfjs's wasm backend what training needs. Idempotent; called after the wasm and the cpu package are loaded. */
export function registerWasmKernels(): void {
  if (registered) return;
  registered = true;
  for (const kernel of added) tf.registerKernel(kernel);
  for (const [name, wrap] of Object.entries(replaced)) {
    const original = tf.getKernel(name, 'wasm');
    tf.unregisterKernel(name, 'wasm');
    tf.registerKernel(wrap(original));
  }
}
