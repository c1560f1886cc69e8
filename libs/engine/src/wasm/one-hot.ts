import * as tf from '@tensorflow/tfjs-core';
import type { DataType, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './backend.ts';

interface OneHotAttrs {
  readonly depth: number;
  readonly onValue: number;
  readonly offValue: number;
  readonly dtype: DataType;
}

/** tfjs's own writes integers whatever the type asked for: a float32 one-hot comes out as 1e-45 where it should be 1. */
function oneHot(
  backend: WasmBackend,
  indices: TensorInfo,
  { depth, onValue, offValue, dtype }: OneHotAttrs,
): TensorInfo {
  const out = backend.makeOutput([...indices.shape, depth], dtype);
  const positions = backend.typedArrayFromHeap(indices);
  const values = backend.typedArrayFromHeap(out).fill(offValue);
  positions.forEach((position, row) => {
    if (position >= 0 && position < depth) values[row * depth + position] = onValue;
  });
  return out;
}

export const oneHotConfig: KernelConfig = {
  kernelName: tf.OneHot,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) =>
    oneHot(backend as WasmBackend, inputs['indices'] as TensorInfo, attrs as unknown as OneHotAttrs),
};
