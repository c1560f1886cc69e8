import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../backend.ts';
import { TorchBackendError } from '../errors.ts';
import { through } from '../kernel.ts';
import type { Handle } from '../native.ts';
import { NATIVE_DTYPE } from '../native.ts';

/** The numbers of an index tensor, for kernels whose bookkeeping runs in JavaScript. */
export function readIntegers(backend: TorchBackend, info: TensorInfo): Int32Array {
  const values = backend.readSync(info.dataId) as Int32Array | Float32Array;
  if (values instanceof Int32Array) return values;
  const integers = Int32Array.from(values);
  if (integers.every((n, i) => n === values[i])) return integers;
  throw new TorchBackendError('TORCH_BAD_ARGUMENT', `expected 32-bit integers, got ${info.dtype} values that are not`);
}

const MOST_AXES = 64;

/** The numbers of a tensor that is a shape. What is done with shapes takes quadratic time in the number of axes. */
export function readShape(backend: TorchBackend, info: TensorInfo): number[] {
  const axes = info.shape[0] ?? 1;
  if (info.shape.length <= 1 && axes <= MOST_AXES) return Array.from(readIntegers(backend, info));
  throw new TorchBackendError(
    'TORCH_BAD_ARGUMENT',
    `a shape is a vector of at most ${MOST_AXES} sizes, got a tensor of [${String(info.shape)}]`,
  );
}

/** An int32 tensor. */
export const writeIntegers = (
  backend: TorchBackend,
  values: Int32Array | readonly number[],
  shape: readonly number[],
): TensorInfo =>
  backend.give(
    backend.native.fromMemory(Int32Array.from(values), shape, NATIVE_DTYPE.int32, backend.device),
    shape,
    'int32',
  );

/** These rows of a tensor. */
export const takeRows = (backend: TorchBackend, x: Handle, rows: Int32Array): Handle =>
  through(backend, backend.native.fromMemory(rows, [rows.length], NATIVE_DTYPE.int32, backend.device), (places) =>
    backend.native.indexSelect(x, places, 0),
  );
