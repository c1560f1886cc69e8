import { availableParallelism } from 'node:os';
import { findBackendFactory, registerBackend, registerKernel } from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { loadAddon } from './addon.ts';
import { TorchBackend } from './backend.ts';
import { TORCH_BACKEND_NAME } from './kernel.ts';
import { batchNormKernels } from './kernels/batch-norm.ts';
import { binaryKernels } from './kernels/binary.ts';
import { convKernels } from './kernels/conv.ts';
import { createKernels } from './kernels/create.ts';
import { frameworkKernels } from './kernels/framework.ts';
import { imageKernels } from './kernels/image.ts';
import { indexKernels } from './kernels/index-select.ts';
import { matmulKernels } from './kernels/matmul.ts';
import { optimizerKernels } from './kernels/optimizer.ts';
import { poolKernels } from './kernels/pool.ts';
import { reduceKernels } from './kernels/reduce.ts';
import { shapeKernels } from './kernels/shape.ts';
import { unaryKernels } from './kernels/unary.ts';

/** Every kernel of the backend. */
export const torchKernels: readonly KernelConfig[] = [
  ...batchNormKernels,
  ...binaryKernels,
  ...convKernels,
  ...createKernels,
  ...frameworkKernels,
  ...imageKernels,
  ...indexKernels,
  ...matmulKernels,
  ...optimizerKernels,
  ...poolKernels,
  ...reduceKernels,
  ...shapeKernels,
  ...unaryKernels,
];

export interface TorchBackendOptions {
  /** the addon's file; by default where scripts/build-addon.mjs puts it */
  readonly addon?: string;
  /** libtorch's threads within one operation, >= 1; by default OMP_NUM_THREADS, else the number of cores */
  readonly threads?: number;
}

/**
 * Registers the backend 'torch' and its kernels with tfjs. Called again it only sets the threads, if given. Use it with
 * `await tf.setBackend('torch')`.
 *
 * @throws TorchBackendError TORCH_ADDON_MISSING or TORCH_ADDON_BROKEN
 */
export function registerTorchBackend({ addon, threads }: TorchBackendOptions = {}): void {
  const native = loadAddon(addon);
  const registered = findBackendFactory(TORCH_BACKEND_NAME) as (() => unknown) | null | undefined;
  if (!registered || threads !== undefined) native.setThreads(Math.max(1, Math.floor(threads ?? defaultThreads())));
  if (registered) return;
  registerBackend(TORCH_BACKEND_NAME, () => new TorchBackend(native));
  for (const kernel of torchKernels) registerKernel(kernel);
}

/** What OpenMP programs go by, so that people who share a machine can say it once for all of them. */
function defaultThreads(): number {
  const wanted = Number(process.env['OMP_NUM_THREADS']);
  return Number.isInteger(wanted) && wanted > 0 ? wanted : availableParallelism();
}
