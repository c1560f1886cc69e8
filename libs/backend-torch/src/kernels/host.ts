import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../backend.ts';
import { NATIVE_DTYPE } from '../native.ts';

/** The numbers of an index tensor, for kernels whose bookkeeping runs in JavaScript. */
export const readIntegers = (backend: TorchBackend, info: TensorInfo): readonly number[] =>
  Array.from(backend.readSync(info.dataId) as Int32Array);

/** An int32 tensor. */
export const writeIntegers = (backend: TorchBackend, values: readonly number[], shape: readonly number[]): TensorInfo =>
  backend.give(
    backend.native.fromMemory(Int32Array.from(values), shape, NATIVE_DTYPE.int32, backend.device),
    shape,
    'int32',
  );
