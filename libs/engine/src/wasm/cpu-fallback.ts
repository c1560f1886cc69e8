import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, KernelFunc, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
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
      const copied: TensorInfo[] = [];
      const copy = ({ dataId, shape, dtype }: TensorInfo): TensorInfo => {
        const onHost = { shape, dtype, dataId: host.write(wasm.readSync(dataId), shape, dtype) };
        copied.push(onHost);
        return onHost;
      };
      try {
        const result = tf
          .getKernel(kernelName, 'cpu')
          .kernelFunc({ inputs: mapTensors(inputs, copy), ...(attrs && { attrs }), backend: host });
        const outputs = (Array.isArray(result) ? result : [result]).map((out) => {
          const values = host.readSync(out.dataId);
          host.disposeData(out.dataId);
          return wasm.makeOutput(out.shape, out.dtype, undefined, values);
        });
        return Array.isArray(result) ? outputs : (outputs[0] as TensorInfo);
      } finally {
        for (const { dataId } of copied) host.disposeData(dataId);
      }
    },
  };
}

/** The same inputs with every tensor replaced; some are lists of tensors, and Einsum's inputs are a list themselves. */
function mapTensors(inputs: NamedTensorInfoMap, change: (tensor: TensorInfo) => TensorInfo): NamedTensorInfoMap {
  const changed = (Array.isArray(inputs) ? [] : {}) as Record<string, unknown>;
  for (const [name, input] of Object.entries(inputs) as [string, TensorInfo | TensorInfo[] | undefined][]) {
    if (input !== undefined) changed[name] = Array.isArray(input) ? input.map(change) : change(input);
  }
  return changed as NamedTensorInfoMap;
}

type Call = Parameters<KernelFunc>[0];

/** A kernel of the wasm backend that leaves to tfjs's cpu kernel what it refuses or gets wrong. */
export function cpuWhere(leaves: (call: Call) => boolean): (original: KernelConfig) => KernelConfig {
  return (original) => {
    const fallback = cpuFallback(original.kernelName);
    return { ...original, kernelFunc: (call) => (leaves(call) ? fallback : original).kernelFunc(call) };
  };
}

/** Types other than float32, which some kernels read as if they were float32. */
export const float32Only = cpuWhere(({ inputs }) => inputs['x']?.dtype !== 'float32');

/** Strings, of which the wasm backend's memory has none. */
export const noStrings = cpuWhere(
  ({ inputs, attrs }) =>
    Object.values(inputs).some((x) => x?.dtype === 'string') || typeof attrs?.['value'] === 'string',
);

/** Images with the channels first. */
const channelsFirst = ({ attrs }: Call): boolean => attrs?.['dataFormat'] === 'NCHW';

/** A bias that is not one number a channel. */
const oddBias = ({ inputs }: Call): boolean => inputs['bias'] !== undefined && inputs['bias'].shape.length !== 1;

export const channelsLast = cpuWhere(channelsFirst);
export const vectorBias = cpuWhere(oddBias);
export const plainFusedConv = cpuWhere((call) => channelsFirst(call) || oddBias(call));
