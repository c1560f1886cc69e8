import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, KernelFunc } from '@tensorflow/tfjs-core';

/** Adds cases to a kernel of tfjs-node; all others stay with the original. */
export type KernelExtension = (original: KernelFunc) => KernelFunc;

const extended = new WeakSet<KernelFunc>();

/** Puts each extension in front of the loaded tfjs-node's kernel of that name. Idempotent; a kernel that it has not is left out. */
export function extendKernels(extensions: Readonly<Record<string, KernelExtension>>): void {
  for (const [kernelName, extend] of Object.entries(extensions)) {
    const original: KernelConfig | undefined = tf.getKernel(kernelName, 'tensorflow');
    // tfjs's own signature promises a kernel where there may be none.
    if ((original as KernelConfig | undefined) === undefined || extended.has(original.kernelFunc)) continue;
    const kernelFunc = extend(original.kernelFunc);
    extended.add(kernelFunc);
    tf.unregisterKernel(kernelName, 'tensorflow');
    tf.registerKernel({ ...original, kernelFunc });
  }
}
