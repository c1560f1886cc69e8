import * as tf from '@tensorflow/tfjs-core';
import { backend_util, slice_util, upcastType, util } from '@tensorflow/tfjs-core';
import type { KernelConfig, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { TorchBackendError } from '../errors.ts';
import { defineKernel, listed, through } from '../kernel.ts';
import { listable, tensorCount } from '../limits.ts';

interface X {
  x: TensorInfo;
}

/** Source positions along one axis for a mirrored padding; `symmetric` repeats the edge, `reflect` does not. */
function mirrored(size: number, before: number, after: number, mode: 'reflect' | 'symmetric'): number[] {
  const edge = mode === 'reflect' ? 1 : 0;
  return Array.from({ length: listable(before + size + after) }, (_, i) => {
    const at = i - before;
    if (at < 0) return -at - 1 + edge;
    return at < size ? at : 2 * size - 1 - at - edge;
  });
}

const dtypeOf = (all: readonly TensorInfo[]): TensorInfo['dtype'] =>
  all.map((t) => t.dtype).reduce((p, q) => upcastType(p, q));

/** Kernels that move elements without computing. Identity shares its data; the others make a view or a copy. */
export const shapeKernels: readonly KernelConfig[] = [
  defineKernel<X>(tf.Identity, ({ x }, _, backend) => backend.share(x), 'strings'),
  defineKernel<X, tf.ReshapeAttrs>(
    tf.Reshape,
    ({ x }, { shape }, backend) => {
      if (!Array.isArray(shape))
        throw new TorchBackendError('TORCH_BAD_ARGUMENT', `a shape is a list, got ${typeof shape}`);
      const inferred = util.inferFromImplicitShape(shape, util.sizeFromShape(x.shape));
      if (x.dtype === 'string') return backend.share(x, inferred);
      return backend.give(backend.native.reshape(backend.handle(x), inferred), inferred, x.dtype);
    },
    'strings',
  ),
  defineKernel<tf.ExpandDimsInputs, tf.ExpandDimsAttrs>(
    tf.ExpandDims,
    ({ input }, { dim }, backend) => {
      const shape = [...input.shape];
      const rank = shape.length;
      if (dim < -rank - 1 || dim > rank) {
        throw new TorchBackendError('TORCH_BAD_ARGUMENT', `axis ${dim} is not in [${-rank - 1}, ${rank}]`);
      }
      shape.splice(dim < 0 ? rank + dim + 1 : dim, 0, 1);
      if (input.dtype === 'string') return backend.share(input, shape);
      return backend.give(backend.native.reshape(backend.handle(input), shape), shape, input.dtype);
    },
    'strings',
  ),
  defineKernel<X, tf.TransposeAttrs>(
    tf.Transpose,
    ({ x }, { perm }, backend) => {
      const shape = perm.map((axis) => x.shape[axis] ?? 0);
      return backend.give(backend.native.permute(backend.handle(x), perm), shape, x.dtype);
    },
    'elements',
  ),
  defineKernel<X, tf.BroadCastToAttrs>(
    tf.BroadcastTo,
    ({ x }, { shape }, backend) => {
      return backend.give(backend.native.expand(backend.handle(x), shape), shape, x.dtype);
    },
    'elements',
  ),
  defineKernel<X, tf.TileAttrs>(
    tf.Tile,
    ({ x }, { reps }, backend) => {
      const shape = x.shape.map((size, axis) => size * (reps[axis] ?? 1));
      return backend.give(backend.native.tile(backend.handle(x), reps), shape, x.dtype);
    },
    'elements',
  ),
  defineKernel<X, tf.ReverseAttrs>(
    tf.Reverse,
    ({ x }, { dims }, backend) => {
      return backend.give(backend.native.flip(backend.handle(x), util.parseAxisParam(dims, x.shape)), x.shape, x.dtype);
    },
    'elements',
  ),
  defineKernel<NamedTensorInfoMap, tf.ConcatAttrs>(
    tf.Concat,
    (inputs, { axis }, backend) => {
      const all = listed(inputs);
      const [along = 0] = util.parseAxisParam(axis, all[0]?.shape ?? []);
      const shape = backend_util.computeOutShape(
        all.map((t) => t.shape),
        along,
      );
      const dtype = dtypeOf(all);
      return backend.give(
        backend.native.concat(
          all.map((t) => backend.handle(t)),
          along,
        ),
        shape,
        dtype,
      );
    },
    'elements',
  ),
  defineKernel<NamedTensorInfoMap, tf.PackAttrs>(
    tf.Pack,
    (inputs, { axis }, backend) => {
      const all = listed(inputs);
      const shape = [...(all[0]?.shape ?? [])];
      if (all.some(({ dtype }) => dtype !== all[0]?.dtype)) {
        throw new TorchBackendError(
          'TORCH_BAD_ARGUMENT',
          `all tensors of a stack have one dtype, got ${String(all.map(({ dtype }) => dtype))}`,
        );
      }
      const along = axis < 0 ? shape.length + axis + 1 : axis;
      shape.splice(along, 0, all.length);
      return backend.give(
        backend.native.stack(
          all.map((t) => backend.handle(t)),
          along,
        ),
        shape,
        dtypeOf(all),
      );
    },
    'elements',
  ),
  defineKernel<tf.UnpackInputs, tf.UnpackAttrs>(
    tf.Unpack,
    ({ value }, { axis }, backend) => {
      const [along = 0] = util.parseAxisParam(axis, value.shape);
      const shape = value.shape.filter((_, i) => i !== along);
      tensorCount(value.shape[along] ?? 0);
      return backend.giveAll(backend.native.unbind(backend.handle(value), along).map((h) => [h, shape, value.dtype]));
    },
    'elements',
  ),
  defineKernel<X, tf.SplitVAttrs>(
    tf.SplitV,
    ({ x }, { numOrSizeSplits, axis }, backend) => {
      const [along = 0] = util.parseAxisParam(axis, x.shape);
      if (typeof numOrSizeSplits === 'number') listable(tensorCount(numOrSizeSplits));
      const sizes = backend_util.prepareSplitSize(x, numOrSizeSplits, along);
      const shapeOf = (i: number): number[] => x.shape.map((size, a) => (a === along ? (sizes[i] ?? 0) : size));
      const parts = backend.native.split(backend.handle(x), sizes, along);
      return backend.giveAll(parts.map((h, i) => [h, shapeOf(i), x.dtype]));
    },
    'elements',
  ),
  defineKernel<X, tf.SliceAttrs>(
    tf.Slice,
    ({ x }, attrs, backend) => {
      const [begin, size] = slice_util.parseSliceParams(x, attrs.begin, attrs.size) as [number[], number[]];
      slice_util.assertParamsValid(x, begin, size);
      return backend.give(backend.native.slice(backend.handle(x), begin, size), size, x.dtype);
    },
    'elements',
  ),
  defineKernel<X, tf.StridedSliceAttrs>(
    tf.StridedSlice,
    ({ x }, a, backend) => {
      const info = slice_util.sliceInfo(
        x.shape,
        a.begin,
        a.end,
        a.strides,
        a.beginMask,
        a.endMask,
        a.ellipsisMask,
        a.newAxisMask,
        a.shrinkAxisMask,
      );
      const taken = slice_util.computeOutShape(info.begin, info.end, info.strides).map((size) => Math.max(0, size));
      const sliced = backend.native.stridedSlice(backend.handle(x), info.begin, taken, info.strides);
      const handle = through(backend, sliced, (h) => backend.native.reshape(h, info.finalShape));
      return backend.give(handle, info.finalShape, x.dtype);
    },
    'elements',
  ),
  defineKernel<X, tf.PadV2Attrs>(
    tf.PadV2,
    ({ x }, { paddings, constantValue }, backend) => {
      const shape = x.shape.map((size, i) => size + (paddings[i]?.[0] ?? 0) + (paddings[i]?.[1] ?? 0));
      return backend.give(backend.native.pad(backend.handle(x), paddings.flat(), constantValue), shape, x.dtype);
    },
    'complex',
  ),
  defineKernel<X, tf.MirrorPadAttrs>(
    tf.MirrorPad,
    ({ x }, { paddings, mode }, backend) => {
      const shape = x.shape.map((size, i) => size + (paddings[i]?.[0] ?? 0) + (paddings[i]?.[1] ?? 0));
      const positions = paddings.map(([before, after], axis) => mirrored(x.shape[axis] ?? 0, before, after, mode));
      let handle = backend.native.alias(backend.handle(x));
      positions.forEach((taken, axis) => {
        handle = through(backend, handle, (h) => backend.native.take(h, axis, taken));
      });
      return backend.give(handle, shape, x.dtype);
    },
    'complex',
  ),
];
