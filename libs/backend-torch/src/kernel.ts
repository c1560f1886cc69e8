import type { Attribute, KernelConfig, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { TorchBackend } from './backend.ts';
import { TorchBackendError, asTorchError } from './errors.ts';
import type { Handle } from './native.ts';
import { withStringRanks } from './string-ranks.ts';

/** The name under which the backend and its kernels are registered with tfjs. */
export const TORCH_BACKEND_NAME = 'torch';

/** tfjs types every input as possibly undefined; the ones without a question mark are there. */
type Present<I> = { [K in keyof I]: Exclude<I[K], undefined> };

/** What a kernel computes, given its tensors, its attributes and the backend. */
export type KernelBody<I, A> = (inputs: Present<I>, attrs: A, backend: TorchBackend) => TensorInfo | TensorInfo[];

/**
 * Which inputs a kernel takes besides float32, int32 and bool. 'complex': complex64. 'elements': complex64, and strings as their ranks,
 * because it only moves or compares elements. 'strings': all, and strings as they are.
 */
export type Accepted = 'real' | 'complex' | 'elements' | 'strings';

/** A tfjs kernel whose errors are TorchBackendErrors that name it. */
export function defineKernel<I = NamedTensorInfoMap, A = Record<string, never>>(
  kernelName: string,
  body: KernelBody<I, A>,
  accepted: Accepted = 'real',
): KernelConfig {
  return {
    kernelName,
    backendName: TORCH_BACKEND_NAME,
    kernelFunc: ({ inputs, attrs, backend }) => {
      if (!(backend instanceof TorchBackend)) {
        throw new TorchBackendError('TORCH_BAD_ARGUMENT', `kernel ${kernelName} was called with another backend`);
      }
      const settings = (attrs ?? {}) as NamedAttrMap & Record<string, Attribute>;
      try {
        const run = (tensors: NamedTensorInfoMap): TensorInfo | TensorInfo[] =>
          body(tensors as Present<I>, settings as A, backend);
        const strings = accepted !== 'strings' && requireAccepted(inputs, accepted);
        return backend.attempt(() => (strings ? withStringRanks(inputs, backend, run) : run(inputs)));
      } catch (error) {
        throw asTorchError(error, { kernelName, inputs, attrs: settings });
      }
    },
  };
}

/** @returns whether there are strings */
function requireAccepted(inputs: NamedTensorInfoMap, accepted: Accepted): boolean {
  let strings = false;
  for (const name in inputs) {
    const dtype = inputs[name]?.dtype;
    if (dtype !== 'string' && dtype !== 'complex64') continue;
    if (accepted === 'real' || (accepted === 'complex' && dtype === 'string')) {
      throw new TorchBackendError('TORCH_UNSUPPORTED', `this kernel does not take ${dtype} tensors`);
    }
    strings ||= dtype === 'string';
  }
  return strings;
}

/** The tensors of a kernel that takes a list (Concat, Pack, AddN, Einsum). */
export function listed(inputs: NamedTensorInfoMap): TensorInfo[] {
  return Object.values(inputs).filter((t): t is TensorInfo => t !== undefined);
}

/** Runs `next` on an intermediate native tensor and releases it. */
export function through<T>(backend: TorchBackend, intermediate: Handle, next: (handle: Handle) => T): T {
  try {
    return next(intermediate);
  } finally {
    backend.native.release([intermediate]);
  }
}
