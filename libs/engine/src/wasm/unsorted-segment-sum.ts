import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './backend.ts';
import { cpuWhere } from './cpu-fallback.ts';

/**
 * The gradient of `gather`: each row of x is added to the row of the result that its id names. Ids beyond the result are left out. In one pass over x: tfjs's
 * cpu kernel goes over all of x once for every row of the result.
 * @param segmentIds [N] of x [N, ...]
 */
function unsortedSegmentSum(backend: WasmBackend, x: TensorInfo, segmentIds: TensorInfo, segments: number): TensorInfo {
  const rest = x.shape.slice(1);
  const width = tf.util.sizeFromShape(rest);
  const out = backend.makeOutput([segments, ...rest], x.dtype);
  const [values, ids] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(segmentIds)];
  const sums = new Float64Array(segments * width);
  ids.forEach((id, row) => {
    if (id < 0 || id >= segments) return;
    const [from, to] = [row * width, id * width];
    for (let i = 0; i < width; i++) sums[to + i] = (sums[to + i] ?? 0) + (values[from + i] ?? 0);
  });
  backend.typedArrayFromHeap(out).set(sums);
  return out;
}

/** Ids of more than one axis are left to tfjs's cpu kernel. */
export const unsortedSegmentSumConfig: KernelConfig = cpuWhere(
  ({ inputs }) => inputs['segmentIds']?.shape.length !== 1,
)({
  kernelName: tf.UnsortedSegmentSum,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) =>
    unsortedSegmentSum(
      backend as WasmBackend,
      inputs['x'] as TensorInfo,
      inputs['segmentIds'] as TensorInfo,
      attrs?.['numSegments'] as number,
    ),
});
