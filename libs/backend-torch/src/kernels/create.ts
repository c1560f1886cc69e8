import * as tf from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import type { DataType, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { nativeDtype } from '../backend.ts';
import type { TorchBackend } from '../backend.ts';
import { defineKernel, through } from '../kernel.ts';
import { listable } from '../limits.ts';

interface X {
  x: TensorInfo;
}
type NoInputs = Record<string, never>;

function full(backend: TorchBackend, shape: number[], value: number, dtype: DataType): TensorInfo {
  return backend.give(backend.native.full(shape, value, nativeDtype(dtype), backend.device), shape, dtype);
}

function strings(backend: TorchBackend, shape: number[], value: string): TensorInfo {
  shape.forEach(listable);
  // One text for all: nothing changes a string tensor's bytes.
  const all = Array<Uint8Array>(listable(util.sizeFromShape(shape))).fill(util.encodeString(value));
  return { dataId: backend.write(all, shape, 'string'), shape, dtype: 'string' };
}

function arithmetic(backend: TorchBackend, start: number, step: number, count: number, dtype: DataType): TensorInfo {
  return backend.give(
    backend.native.arithmetic(start, step, count, nativeDtype(dtype), backend.device),
    [count],
    dtype,
  );
}

function rangeOf(start: number, stop: number, step: number): { step: number; count: number } {
  const empty = start === stop || (start < stop && step < 0) || (stop < start && step > 1);
  if (empty) return { step, count: 0 };
  const signed = stop < start && step === 1 ? -1 : step; // tfjs: the default step follows the direction
  return { step: signed, count: Math.abs(Math.ceil((stop - start) / signed)) };
}

/** Kernels that make tensors, or give them another dtype. */
export const createKernels: readonly KernelConfig[] = [
  defineKernel<NoInputs, tf.FillAttrs>(tf.Fill, (_, { shape, value, dtype }, backend) => {
    if (typeof value === 'string') {
      return strings(backend, shape, value);
    }
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- tf.fill passes undefined when no dtype is given
    return full(backend, shape, value, dtype ?? util.inferDtype(value));
  }),
  defineKernel<X>(
    tf.ZerosLike,
    ({ x }, _, backend) => (x.dtype === 'string' ? strings(backend, x.shape, '') : full(backend, x.shape, 0, x.dtype)),
    'strings',
  ),
  defineKernel<X>(tf.OnesLike, ({ x }, _, backend) => full(backend, x.shape, 1, x.dtype), 'strings'),
  defineKernel<NoInputs, tf.RangeAttrs>(tf.Range, (_, { start, stop, step, dtype }, backend) => {
    const range = rangeOf(start, stop, step);
    return arithmetic(backend, start, range.step, range.count, dtype);
  }),
  defineKernel<NoInputs, tf.LinSpaceAttrs>(tf.LinSpace, (_, { start, stop, num }, backend) => {
    return arithmetic(backend, start, num > 1 ? (stop - start) / (num - 1) : 0, num, 'float32');
  }),
  defineKernel<tf.OneHotInputs, tf.OneHotAttrs>(
    tf.OneHot,
    ({ indices }, { depth, onValue, offValue, dtype }, backend) => {
      const handle = backend.native.oneHot(backend.handle(indices), depth, onValue, offValue, nativeDtype(dtype));
      return backend.give(handle, [...indices.shape, depth], dtype);
    },
  ),
  defineKernel<tf.MultinomialInputs, tf.MultinomialAttrs>(
    tf.Multinomial,
    ({ logits }, { numSamples, seed, normalized }, backend) => {
      const { native } = backend;
      const x = backend.handle(logits);
      const draw = (p: number): number => native.multinomial(p, numSamples, Math.floor(Math.abs(seed) * 2 ** 32));
      const handle = normalized ? draw(x) : through(backend, native.softmax(x, logits.shape.length - 1), draw);
      return backend.give(handle, [...logits.shape.slice(0, -1), numSamples], 'int32');
    },
  ),
  defineKernel<X, tf.CastAttrs>(
    tf.Cast,
    ({ x }, { dtype }, backend) => {
      if (dtype === x.dtype) return backend.share(x);
      return backend.give(backend.native.cast(backend.handle(x), nativeDtype(dtype)), x.shape, dtype);
    },
    'strings',
  ),
];
