import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { HostTensor } from './format.ts';

/** Copies a tensor's values to the host: float32, int32, or uint8 for booleans. */
export function toHost(tensor: Tensor): HostTensor {
  const values = tensor.dataSync();
  const { shape, dtype } = tensor;
  if (dtype === 'float32') return { shape, values: Float32Array.from(values) };
  return { shape, values: dtype === 'int32' ? Int32Array.from(values) : Uint8Array.from(values) };
}

/** Uploads; the caller owns the tensor. Booleans come back as int32 unless a dtype is asked for. */
export function toTensor({ shape, values }: HostTensor): Tensor {
  if (values instanceof Float32Array) return tf.tensor(values, [...shape], 'float32');
  return tf.tensor(values, [...shape], values instanceof Int32Array ? 'int32' : 'bool');
}
