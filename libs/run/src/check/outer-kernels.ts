import * as tf from '@tensorflow/tfjs-core';
import type { KernelShapes } from './multiplications.ts';

/**
 * The kernels of the current backend that `run` calls. A kernel that another one calls, as the gradients of convolutions do on wasm, is
 * that one's business and not listed.
 */
export function outerKernels(run: () => void): readonly KernelShapes[] {
  const calls: KernelShapes[] = [];
  const undo: (() => void)[] = [];
  let depth = 0;
  for (const config of tf.getKernelsForBackend(tf.getBackend())) {
    const { kernelName, kernelFunc } = config;
    config.kernelFunc = (parameters) => {
      depth++;
      try {
        const outputs = kernelFunc(parameters);
        if (depth === 1) {
          const inputs = Object.values(parameters.inputs) as readonly (tf.TensorInfo | undefined)[];
          calls.push({
            name: kernelName,
            inputShapes: inputs.map((input) => input?.shape ?? null),
            outputShapes: (Array.isArray(outputs) ? outputs : [outputs]).map(({ shape }) => shape),
          });
        }
        return outputs;
      } finally {
        depth--;
      }
    };
    undo.push(() => (config.kernelFunc = kernelFunc));
  }
  try {
    run();
    return calls;
  } finally {
    for (const each of undo) each();
  }
}
