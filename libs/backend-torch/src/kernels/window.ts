import { backend_util, util } from '@tensorflow/tfjs-core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { nativeDtype } from '../backend.ts';
import type { TorchBackend } from '../backend.ts';
import { TorchBackendError } from '../errors.ts';
import { through } from '../kernel.ts';
import type { Handle } from '../native.ts';

/**
 * Padding before and after along one axis that gives the output size which tfjs computed: where it rounded up, more than it says;
 * where it took the size from the other axis (it does, for a numeric padding and a filter that is not square), maybe less than 0.
 */
function around(size: number, before: number, after: number, window: number, stride: number, out: number): number[] {
  const natural = Math.floor((size + before + after - window) / stride) + 1;
  return [before, natural === out ? after : (out - 1) * stride + window - size - before];
}

/** Top, bottom, left and right padding of a convolution or a pool. */
export function padsOf(i: backend_util.Conv2DInfo): number[] {
  const { top, bottom, left, right } = i.padInfo;
  return [
    ...around(i.inHeight, top, bottom, i.effectiveFilterHeight, i.strideHeight, i.outHeight),
    ...around(i.inWidth, left, right, i.effectiveFilterWidth, i.strideWidth, i.outWidth),
  ];
}

/** Front, back, top, bottom, left and right padding. */
export function padsOf3d(i: backend_util.Conv3DInfo): number[] {
  const { front, back, top, bottom, left, right } = i.padInfo;
  return [
    ...around(i.inDepth, front, back, i.effectiveFilterDepth, i.strideDepth, i.outDepth),
    ...around(i.inHeight, top, bottom, i.effectiveFilterHeight, i.strideHeight, i.outHeight),
    ...around(i.inWidth, left, right, i.effectiveFilterWidth, i.strideWidth, i.outWidth),
  ];
}

/** tfjs gives a volume that is smaller than its window a result without elements. */
export function emptyResult(
  backend: TorchBackend,
  shape: number[],
  dtype: TensorInfo['dtype'],
): TensorInfo | undefined {
  if (util.sizeFromShape(shape) !== 0) return undefined;
  return backend.give(backend.native.full(shape, 0, nativeDtype(dtype), backend.device), shape, dtype);
}

/** A gradient has the shape of what it is the gradient of; the addon computes with it on raw memory. */
export function requireShape(name: string, tensor: TensorInfo, expected: readonly number[]): void {
  if (util.arraysEqual(tensor.shape, expected as number[])) return;
  throw new TorchBackendError(
    'TORCH_BAD_ARGUMENT',
    `${name} has the shape [${String(tensor.shape)}], expected [${String(expected)}]; give the gradient of this operation's own result`,
  );
}

/** A bias or a slope may be smaller than the result that it is applied to, not larger. */
export function requireBroadcast(name: string, shape: readonly number[], result: readonly number[]): void {
  const [from, to] = [shape as number[], result as number[]];
  if (util.arraysEqual(backend_util.assertAndGetBroadcastShape(from, to), to)) return;
  throw new TorchBackendError(
    'TORCH_BAD_ARGUMENT',
    `${name} has the shape [${String(shape)}], which does not broadcast to the result's [${String(result)}]`,
  );
}

export type ImageFormat = 'NHWC' | 'NCHW' | undefined;

/** Runs `next` on the images as [batch, height, width, channels]. */
export function asNhwc<T>(backend: TorchBackend, x: TensorInfo, format: ImageFormat, next: (x: Handle) => T): T {
  const handle = backend.handle(x);
  return format === 'NCHW' ? through(backend, backend.native.permute(handle, [0, 2, 3, 1]), next) : next(handle);
}

/** The tensor in the format that the caller asked for, given in NHWC. */
export function inFormat(backend: TorchBackend, y: Handle, format: ImageFormat): Handle {
  return format === 'NCHW' ? through(backend, y, (nhwc) => backend.native.permute(nhwc, [0, 3, 1, 2])) : y;
}
