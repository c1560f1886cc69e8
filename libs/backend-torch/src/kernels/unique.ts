import * as tf from '@tensorflow/tfjs-core';
import { backend_util, util } from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../backend.ts';
import { defineKernel } from '../kernel.ts';
import { listable } from '../limits.ts';
import { readShape, writeIntegers } from './host.ts';

/** One key for each position along the axis: equal where the slices are equal, NaN to NaN. */
function sliceKeys(backend: TorchBackend, x: TensorInfo, axis: number): string[] {
  const values = backend.readSync(x.dataId) as Float32Array;
  const size = x.shape[axis] ?? 0;
  const outer = util.sizeFromShape(x.shape.slice(0, axis));
  const inner = util.sizeFromShape(x.shape.slice(axis + 1));
  listable(outer * size);
  return Array.from({ length: listable(size) }, (_, i) => {
    let key = '';
    for (let o = 0; o < outer; o++)
      key += `${values.subarray((o * size + i) * inner, (o * size + i + 1) * inner).join()};`;
    return key;
  });
}

/** The distinct elements in the order in which they come, and what shapes broadcast to. */
export const uniqueKernels: readonly KernelConfig[] = [
  defineKernel<tf.UniqueInputs, tf.UniqueAttrs>(
    tf.Unique,
    ({ x }, attrs, backend) => {
      const [axis = 0] = util.parseAxisParam(attrs.axis, x.shape);
      const numbers = new Map<string, number>();
      const firsts: number[] = [];
      const indices = sliceKeys(backend, x, axis).map((key, i) => {
        const known = numbers.get(key);
        if (known !== undefined) return known;
        numbers.set(key, firsts.length);
        return firsts.push(i) - 1;
      });
      const shape = x.shape.map((size, i) => (i === axis ? firsts.length : size));
      return [
        backend.give(backend.native.take(backend.handle(x), axis, firsts), shape, x.dtype),
        writeIntegers(backend, indices, [indices.length]),
      ];
    },
    'elements',
  ),
  defineKernel<tf.BroadcastArgsInputs>(tf.BroadcastArgs, ({ s0, s1 }, _, backend) => {
    const shape = backend_util.assertAndGetBroadcastShape(readShape(backend, s0), readShape(backend, s1));
    return writeIntegers(backend, shape, [shape.length]);
  }),
];
