import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './backend.ts';

/** Runs shorter than this are copied by a loop: calling copyWithin costs more than it saves. */
const SHORT_RUN = 32;

/**
 * Repeats x along every axis, from the innermost outwards, in the result's own memory. tfjs's own computes the coordinates of every single
 * element: 43 ms instead of 2 for [64, 1, 1, 16] -> [64, 32, 32, 16], which is what the gradient of a mean over pixels needs.
 */
function tile(backend: WasmBackend, x: TensorInfo, reps: readonly number[]): TensorInfo {
  const shape = x.shape.map((size, axis) => size * (reps[axis] ?? 1));
  const out = backend.makeOutput(shape, x.dtype);
  // Views are made after the allocation, which may move the heap. Elements are copied as words or bytes, whatever they mean.
  const target = backend.typedArrayFromHeap(out);
  const source = backend.typedArrayFromHeap(x);
  if (target.length === 0) return out;

  // `packed` holds `count` blocks of `block` elements each, one after the other, in which all axes inside of `axis` are repeated already.
  let block = 1;
  let count = source.length;
  let packed: TypedArray = source;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = x.shape[axis] ?? 1;
    const repeat = reps[axis] ?? 1;
    block *= size;
    count /= size;
    if (repeat === 1) continue;
    const outermost = x.shape.slice(0, axis).every((_, i) => (reps[i] ?? 1) === 1);
    const next: TypedArray = outermost
      ? target
      : new (target.constructor as Float32ArrayConstructor)(count * block * repeat);
    for (let i = 0; i < count; i++) repeatBlock(packed, i * block, next, i * block * repeat, block, repeat);
    packed = next;
    block *= repeat;
  }
  if (packed !== target) target.set(packed);
  return out;
}

/** Writes `repeat` copies of from[start .. start + block) to to[at ..]. */
function repeatBlock(from: TypedArray, start: number, to: TypedArray, at: number, block: number, repeat: number): void {
  const total = block * repeat;
  if (total <= SHORT_RUN) {
    for (let r = 0; r < repeat; r++) for (let j = 0; j < block; j++) to[at + r * block + j] = from[start + j] ?? 0;
    return;
  }
  if (block === 1) {
    to.fill(from[start] ?? 0, at, at + total);
    return;
  }
  for (let j = 0; j < block; j++) to[at + j] = from[start + j] ?? 0;
  // Doubling: each copy is as long as what is there already.
  for (let done = block; done < total; done *= 2) to.copyWithin(at + done, at, at + Math.min(done, total - done));
}

export const tileConfig: KernelConfig = {
  kernelName: tf.Tile,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) =>
    tile(backend as WasmBackend, inputs['x'] as TensorInfo, (attrs as unknown as { reps: number[] }).reps),
};
