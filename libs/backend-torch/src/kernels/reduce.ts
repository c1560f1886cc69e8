import * as tf from '@tensorflow/tfjs-core';
import { backend_util, util } from '@tensorflow/tfjs-core';
import type { DataType, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { nativeDtype } from '../backend.ts';
import type { TorchBackend } from '../backend.ts';
import { defineKernel, through } from '../kernel.ts';
import type { ReduceName } from '../native.ts';

interface X {
  x: TensorInfo;
}

function reduce(
  backend: TorchBackend,
  op: ReduceName,
  x: TensorInfo,
  axis: number | number[],
  keepDims: boolean,
  dtype: DataType,
): TensorInfo {
  const axes = util.parseAxisParam(axis, x.shape);
  // libtorch reads "no axes" as "all axes"; for tfjs nothing is reduced then.
  if (axes.length === 0)
    return backend.give(backend.native.cast(backend.handle(x), nativeDtype(dtype)), x.shape, dtype);
  const [outShape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const shape = keepDims ? backend_util.expandShapeToKeepDim(outShape, axes) : outShape;
  return backend.give(backend.native[op](backend.handle(x), axes, keepDims), shape, dtype);
}

/** Sums and products of bool are int32. */
const summed = (x: TensorInfo): DataType => (x.dtype === 'bool' ? 'int32' : x.dtype);

function arg(kernelName: string, op: 'argMax' | 'argMin'): KernelConfig {
  return defineKernel<X, tf.ArgMaxAttrs>(kernelName, ({ x }, { axis }, backend) => {
    const [along = 0] = util.parseAxisParam(axis, x.shape);
    const shape = x.shape.filter((_, i) => i !== along);
    return backend.give(backend.native[op](backend.handle(x), along), shape, 'int32');
  });
}

function cumulative(kernelName: string, product: boolean): KernelConfig {
  return defineKernel<X, tf.CumsumAttrs>(kernelName, ({ x }, { axis, exclusive, reverse }, backend) => {
    const [along = 0] = util.parseAxisParam(axis, x.shape);
    const handle = backend.native.cumulative(backend.handle(x), along, exclusive, reverse, product);
    return backend.give(handle, x.shape, summed(x));
  });
}

/** Reductions, scans, and what counts or ranks. */
export const reduceKernels: readonly KernelConfig[] = [
  defineKernel<X, tf.SumAttrs>(
    tf.Sum,
    ({ x }, { axis, keepDims }, b) => reduce(b, 'sum', x, axis, keepDims, summed(x)),
    'complex',
  ),
  defineKernel<X, tf.MeanAttrs>(tf.Mean, ({ x }, { axis, keepDims }, b) =>
    reduce(b, 'mean', x, axis, keepDims, 'float32'),
  ),
  defineKernel<X, tf.ProdAttrs>(tf.Prod, ({ x }, { axis, keepDims }, b) =>
    reduce(b, 'prod', x, axis, keepDims, summed(x)),
  ),
  defineKernel<X, tf.MaxAttrs>(tf.Max, ({ x }, { reductionIndices, keepDims }, b) =>
    reduce(b, 'max', x, reductionIndices, keepDims, x.dtype),
  ),
  defineKernel<X, tf.MinAttrs>(tf.Min, ({ x }, { axis, keepDims }, b) => reduce(b, 'min', x, axis, keepDims, x.dtype)),
  defineKernel<X, tf.AllAttrs>(tf.All, ({ x }, { axis, keepDims }, b) => reduce(b, 'all', x, axis, keepDims, 'bool')),
  defineKernel<X, tf.AnyAttrs>(tf.Any, ({ x }, { axis, keepDims }, b) => reduce(b, 'any', x, axis, keepDims, 'bool')),
  arg(tf.ArgMax, 'argMax'),
  arg(tf.ArgMin, 'argMin'),
  cumulative(tf.Cumsum, false),
  cumulative(tf.Cumprod, true),
  defineKernel<X, tf.TopKAttrs>(tf.TopK, ({ x }, { k }, backend) => {
    const shape = [...x.shape.slice(0, -1), k];
    const [values, indices] = backend.native.topK(backend.handle(x), k);
    return backend.giveAll([
      [values, shape, x.dtype],
      [indices, shape, 'int32'],
    ]);
  }),
  defineKernel<tf.BincountInputs, tf.BincountAttrs>(tf.Bincount, ({ x, weights }, { size }, backend) => {
    const { native } = backend;
    const handle = through(backend, native.reshape(backend.handle(x), [-1]), (flat) =>
      native.bincount(flat, backend.handle(weights), size, false),
    );
    return give(backend, handle, [size], weights);
  }),
  defineKernel<tf.DenseBincountInputs, tf.DenseBincountAttrs>(
    tf.DenseBincount,
    ({ x, weights }, { size, binaryOutput }, backend) => {
      const handle = backend.native.bincount(backend.handle(x), backend.handle(weights), size, binaryOutput ?? false);
      return give(backend, handle, x.shape.length === 1 ? [size] : [x.shape[0] ?? 0, size], weights);
    },
  ),
];

// Counts have the dtype of the weights.
function give(backend: TorchBackend, counts: number, shape: number[], weights: TensorInfo): TensorInfo {
  if (weights.dtype === 'float32') return backend.give(counts, shape, 'float32');
  const cast = backend.native.cast(counts, nativeDtype(weights.dtype));
  backend.native.release([counts]);
  return backend.give(cast, shape, weights.dtype);
}
