import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './backend.ts';

/**
 * A wasm kernel that reads its inputs, computes with tfjs's cpu kernel of the same name and copies the result back: for kernels that no
 * hot loop needs. Requires @tensorflow/tfjs-backend-cpu to be loaded.
 */
export function cpuFallback(kernelName: string): KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const wasm = backend as WasmBackend;
      const host = tf.findBackend('cpu');
      // Einsum's inputs are a list.
      const copies = (Array.isArray(inputs) ? [] : {}) as NamedTensorInfoMap;
      for (const [name, x] of Object.entries(inputs)) {
        if (x) copies[name] = { ...info(x), dataId: host.write(wasm.readSync(x.dataId), x.shape, x.dtype) };
      }
      const result = tf
        .getKernel(kernelName, 'cpu')
        .kernelFunc({ inputs: copies, ...(attrs && { attrs }), backend: host });
      const outputs = (Array.isArray(result) ? result : [result]).map((out) => {
        const values = host.readSync(out.dataId);
        host.disposeData(out.dataId);
        return wasm.makeOutput(out.shape, out.dtype, undefined, values);
      });
      for (const copy of Object.values(copies)) if (copy) host.disposeData(copy.dataId);
      return Array.isArray(result) ? outputs : (outputs[0] as TensorInfo);
    },
  };
}

function info({ shape, dtype }: TensorInfo): Omit<TensorInfo, 'dataId'> {
  return { shape, dtype };
}

/** tfjs's own kernel for float32, its cpu kernel for other types, which tfjs's wasm reads as if they were float32. */
export function float32Only(original: KernelConfig): KernelConfig {
  const fallback = cpuFallback(original.kernelName);
  return {
    ...original,
    kernelFunc: (call) => (call.inputs['x']?.dtype === 'float32' ? original : fallback).kernelFunc(call),
  };
}
