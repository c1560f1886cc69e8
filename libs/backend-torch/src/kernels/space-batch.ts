import * as tf from '@tensorflow/tfjs-core';
import { backend_util, util } from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../backend.ts';
import { TorchBackendError } from '../errors.ts';
import { defineKernel, through } from '../kernel.ts';
import type { Handle } from '../native.ts';

interface X {
  x: TensorInfo;
}

/** reshape, transpose, reshape: what all kernels here do. */
function rearrange(backend: TorchBackend, x: Handle, split: number[], order: number[], joined: number[]): Handle {
  const { native } = backend;
  return through(backend, native.reshape(x, split), (parts) =>
    through(backend, native.permute(parts, order), (ordered) => native.reshape(ordered, joined)),
  );
}

function refuse(what: string): never {
  throw new TorchBackendError('TORCH_BAD_ARGUMENT', what);
}

function requireBlocks(
  x: TensorInfo,
  blockShape: readonly number[],
  pairs: readonly (readonly number[])[],
  name: string,
): void {
  const wrong = (): never =>
    refuse(
      `blockShape [${String(blockShape)}] and ${name} [${String(pairs)}] do not fit a tensor of [${String(x.shape)}]`,
    );
  if (blockShape.length === 0 || pairs.length !== blockShape.length || x.shape.length <= blockShape.length) wrong();
  if (!blockShape.every((size) => Number.isInteger(size) && size >= 1)) wrong();
  if (!pairs.every((pair) => pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0))) wrong();
}

/** Blocks of pixels moved to the batch or to the channels, and back. */
export const spaceBatchKernels: readonly KernelConfig[] = [
  defineKernel<X, tf.SpaceToBatchNDAttrs>(tf.SpaceToBatchND, ({ x }, { blockShape, paddings }, backend) => {
    requireBlocks(x, blockShape, paddings, 'paddings');
    const block = util.sizeFromShape(blockShape);
    const pads = x.shape.map((_, axis) => paddings[axis - 1] ?? [0, 0]) as [number, number][];
    const padded = x.shape.map((size, axis) => size + (pads[axis]?.[0] ?? 0) + (pads[axis]?.[1] ?? 0));
    if (!blockShape.every((size, i) => (padded[i + 1] ?? 0) % size === 0)) {
      refuse(`the padded shape [${String(padded)}] is not divisible by the blocks [${String(blockShape)}]`);
    }
    const split = backend_util.getReshaped(padded, blockShape, block, false);
    const order = backend_util.getPermuted(split.length, blockShape.length, false);
    const shape = backend_util.getReshapedPermuted(padded, blockShape, block, false);
    const handle = through(backend, backend.native.pad(backend.handle(x), pads.flat(), 0), (h) =>
      rearrange(backend, h, split, order, shape),
    );
    return backend.give(handle, shape, x.dtype);
  }),
  defineKernel<X, tf.BatchToSpaceNDAttrs>(tf.BatchToSpaceND, ({ x }, { blockShape, crops }, backend) => {
    requireBlocks(x, blockShape, crops, 'crops');
    const block = util.sizeFromShape(blockShape);
    if ((x.shape[0] ?? 0) % block !== 0) {
      refuse(`the batch ${String(x.shape[0])} is not divisible by the blocks [${String(blockShape)}]`);
    }
    const split = backend_util.getReshaped(x.shape, blockShape, block);
    const order = backend_util.getPermuted(split.length, blockShape.length);
    const whole = backend_util.getReshapedPermuted(x.shape, blockShape, block);
    const begin = whole.map((_, axis) => crops[axis - 1]?.[0] ?? 0);
    const size = whole.map((length, axis) => length - (begin[axis] ?? 0) - (crops[axis - 1]?.[1] ?? 0));
    if (size.some((length) => length < 0)) refuse(`crops [${String(crops)}] of a tensor of [${String(whole)}]`);
    const handle = through(backend, rearrange(backend, backend.handle(x), split, order, whole), (h) =>
      backend.native.slice(h, begin, size),
    );
    return backend.give(handle, size, x.dtype);
  }),
  defineKernel<X, tf.DepthToSpaceAttrs>(tf.DepthToSpace, ({ x }, { blockSize: b, dataFormat }, backend) => {
    const last = dataFormat === 'NHWC';
    const [n = 0, second = 0, third = 0, fourth = 0] = x.shape;
    const [h, w, c] = last ? [second, third, fourth] : [third, fourth, second];
    if (x.shape.length !== 4 || !Number.isInteger(b) || b < 1 || c % (b * b) !== 0) {
      refuse(
        `the channels of ${dataFormat} images [${String(x.shape)}] do not hold blocks of ${String(b)} x ${String(b)}`,
      );
    }
    const depth = c / (b * b);
    const shape = last ? [n, h * b, w * b, depth] : [n, depth, h * b, w * b];
    const handle = last
      ? rearrange(backend, backend.handle(x), [n, h, w, b, b, depth], [0, 1, 3, 2, 4, 5], shape)
      : rearrange(backend, backend.handle(x), [n, b, b, depth, h, w], [0, 3, 4, 1, 5, 2], shape);
    return backend.give(handle, shape, x.dtype);
  }),
];
