import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './backend.ts';

/**
 * Booleans take one byte, but some kernels of tfjs's wasm move four whatever the type, and write over their neighbours. This gives them
 * integers instead.
 * @param names the inputs that share the output's type
 */
export function withoutBool(names: readonly string[]): (original: KernelConfig) => KernelConfig {
  return (original) => {
    const kernelFunc: KernelFunc = (call) => {
      const { inputs, attrs = {} } = call;
      if (names.every((name) => inputs[name]?.dtype !== 'bool')) return original.kernelFunc(call);
      return tf.tidy(() => {
        const integers = { ...inputs };
        for (const name of names) integers[name] = tf.cast(inputs[name] as Tensor, 'int32');
        const out: Tensor = tf.engine().runKernel(original.kernelName, integers as tf.NamedTensorMap, attrs);
        return tf.cast(out, 'bool');
      });
    };
    return { ...original, kernelFunc };
  };
}

/** To bool: 1 where x is not 0. tfjs's own takes the low byte of the number. */
export function castConfig(original: KernelConfig): KernelConfig {
  const kernelFunc: KernelFunc = (call) => {
    const x = call.inputs['x'] as TensorInfo;
    const { dtype } = call.attrs as { dtype: tf.DataType };
    if (dtype !== 'bool' || x.dtype === 'bool') return original.kernelFunc(call);
    const backend = call.backend as WasmBackend;
    const out = backend.makeOutput(x.shape, dtype);
    const values = backend.typedArrayFromHeap(x);
    backend.typedArrayFromHeap(out).set(Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)));
    return out;
  };
  return { ...original, kernelFunc };
}
