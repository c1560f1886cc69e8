import { availableParallelism } from 'node:os';
import { findBackend, findBackendFactory, getKernel, registerBackend, registerKernel } from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { loadAddon } from './addon.ts';
import { TorchBackend } from './backend.ts';
import { deviceId, resolveDevice } from './device.ts';
import type { DeviceChoice } from './device.ts';
import { TorchBackendError } from './errors.ts';
import { TORCH_BACKEND_NAME } from './kernel.ts';
import { attentionKernels } from './kernels/attention.ts';
import { batchNormKernels } from './kernels/batch-norm.ts';
import { binaryKernels } from './kernels/binary.ts';
import { complexKernels } from './kernels/complex.ts';
import { convKernels } from './kernels/conv.ts';
import { conv3dKernels } from './kernels/conv3d.ts';
import { createKernels } from './kernels/create.ts';
import { frameworkKernels } from './kernels/framework.ts';
import { imageKernels } from './kernels/image.ts';
import { imageSampleKernels } from './kernels/image-sample.ts';
import { indexKernels } from './kernels/index-select.ts';
import { lossKernels } from './kernels/loss.ts';
import { matmulKernels } from './kernels/matmul.ts';
import { neighbourhoodKernels } from './kernels/neighbourhood.ts';
import { nonMaxSuppressionKernels } from './kernels/non-max-suppression.ts';
import { optimizerKernels } from './kernels/optimizer.ts';
import { poolKernels } from './kernels/pool.ts';
import { raggedKernels } from './kernels/ragged.ts';
import { reduceKernels } from './kernels/reduce.ts';
import { shapeKernels } from './kernels/shape.ts';
import { spaceBatchKernels } from './kernels/space-batch.ts';
import { sparseKernels } from './kernels/sparse.ts';
import { stringKernels } from './kernels/strings.ts';
import { unaryKernels } from './kernels/unary.ts';
import { uniqueKernels } from './kernels/unique.ts';
import { CPU_DEVICE } from './native.ts';

/** Every kernel of the backend. */
export const torchKernels: readonly KernelConfig[] = [
  ...attentionKernels,
  ...batchNormKernels,
  ...binaryKernels,
  ...complexKernels,
  ...convKernels,
  ...conv3dKernels,
  ...createKernels,
  ...frameworkKernels,
  ...imageKernels,
  ...imageSampleKernels,
  ...indexKernels,
  ...lossKernels,
  ...matmulKernels,
  ...neighbourhoodKernels,
  ...nonMaxSuppressionKernels,
  ...optimizerKernels,
  ...poolKernels,
  ...raggedKernels,
  ...reduceKernels,
  ...shapeKernels,
  ...spaceBatchKernels,
  ...sparseKernels,
  ...stringKernels,
  ...unaryKernels,
  ...uniqueKernels,
];

export interface TorchBackendOptions {
  /** the addon's file; by default where scripts/build-addon.mjs puts it */
  readonly addon?: string;
  /** libtorch's threads within one operation, >= 1; by default OMP_NUM_THREADS, else the number of cores */
  readonly threads?: number;
  /** where tensors are made; 'auto' (the default) is the first CUDA device, where the addon has CUDA and sees one, else the CPU */
  readonly device?: DeviceChoice;
  /** float32 products and convolutions in TensorFloat-32 (10 bits of mantissa) on CUDA; default false */
  readonly tf32?: boolean;
}

/**
 * Registers the backend 'torch' and its kernels with tfjs. Called again it only sets the threads and tf32, if given. Use it with
 * `await tf.setBackend('torch')`.
 *
 * @throws TorchBackendError TORCH_ADDON_MISSING, TORCH_VERSION_MISMATCH, TORCH_ADDON_BROKEN, TORCH_NO_DEVICE, or TORCH_BAD_ARGUMENT for
 * an unknown device or one other than that on which the backend already runs
 */
export function registerTorchBackend({ addon, threads, device, tf32 }: TorchBackendOptions = {}): void {
  const native = loadAddon(addon);
  const registered = findBackendFactory(TORCH_BACKEND_NAME) as (() => unknown) | null | undefined;
  const index = resolveDevice(native, device ?? 'auto');
  if (registered && device !== undefined && device !== 'auto') requireSameDevice(index);
  if (!registered || threads !== undefined) native.setThreads(Math.max(1, Math.floor(threads ?? defaultThreads())));
  if (tf32 !== undefined) native.setTf32(tf32);
  if (registered) return;
  registerBackend(TORCH_BACKEND_NAME, () => new TorchBackend(native, index));
  // tfjs keeps the kernels of a backend that was removed, and warns when they come again.
  for (const kernel of torchKernels) if (!isRegistered(kernel.kernelName)) registerKernel(kernel);
}

/** The device of the registered backend, `cpu` or `cuda:0`; starts it if need be. */
export function currentDevice(): string {
  const running: unknown = findBackend(TORCH_BACKEND_NAME);
  return deviceId(running instanceof TorchBackend ? running.device : CPU_DEVICE);
}

function requireSameDevice(index: number): void {
  const running: unknown = findBackend(TORCH_BACKEND_NAME);
  if (!(running instanceof TorchBackend) || running.device === index) return;
  throw new TorchBackendError(
    'TORCH_BAD_ARGUMENT',
    `the torch backend already runs on ${deviceId(running.device)} and cannot move to ${deviceId(index)}; choose the device first`,
  );
}

const isRegistered = (kernelName: string): boolean =>
  (getKernel(kernelName, TORCH_BACKEND_NAME) as KernelConfig | undefined) !== undefined;

/** What OpenMP programs go by, so that people who share a machine can say it once for all of them. */
function defaultThreads(): number {
  const wanted = Number(process.env['OMP_NUM_THREADS']);
  return Number.isInteger(wanted) && wanted > 0 ? wanted : availableParallelism();
}
