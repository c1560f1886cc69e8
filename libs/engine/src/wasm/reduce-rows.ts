import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './backend.ts';

interface ReductionAttrs {
  readonly axis: number | number[];
  readonly keepDims: boolean;
}

/**
 * Sum (or mean) of float32 rows: [N, C] -> [C], where all reduced axes come before all kept ones, as in batch norm and bias gradients.
 * tfjs transposes the whole tensor first, which costs three times the sum itself; a plain loop also can accumulate in float64.
 */
function reduceRows(
  backend: WasmBackend,
  x: TensorInfo,
  reducedAxes: number,
  keepDims: boolean,
  mean: boolean,
): TensorInfo {
  const kept = x.shape.slice(reducedAxes);
  const out = backend.makeOutput(keepDims ? [...x.shape.slice(0, reducedAxes).map(() => 1), ...kept] : kept, 'float32');
  const columns = tf.util.sizeFromShape(kept);
  const rows = tf.util.sizeFromShape(x.shape.slice(0, reducedAxes));
  const values = backend.typedArrayFromHeap(x);
  const totals = new Float64Array(columns);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) totals[column] = (totals[column] ?? 0) + (values[at] ?? 0);
  }
  if (mean) for (let column = 0; column < columns; column++) totals[column] = (totals[column] ?? 0) / rows;
  backend.typedArrayFromHeap(out).set(totals);
  return out;
}

/** How many leading axes are reduced, or 0 where the reduced axes are not the leading ones, or nothing is kept. */
function leadingAxes(axis: number | number[], shape: readonly number[]): number {
  const axes = tf.util.parseAxisParam(axis, [...shape]);
  const leading = axes.every((value) => value < axes.length) && new Set(axes).size === axes.length;
  return leading && axes.length < shape.length ? axes.length : 0;
}

/** @param original tfjs's own Sum or Mean, for all other axes and types */
export function reduceRowsConfig(original: KernelConfig): KernelConfig {
  const kernelFunc: KernelFunc = (call) => {
    const x = call.inputs['x'] as TensorInfo;
    const { axis, keepDims } = call.attrs as unknown as ReductionAttrs;
    const reduced = x.dtype === 'float32' ? leadingAxes(axis, x.shape) : 0;
    if (reduced === 0) return original.kernelFunc(call);
    return reduceRows(call.backend as WasmBackend, x, reduced, keepDims, original.kernelName === tf.Mean);
  };
  return { ...original, kernelFunc };
}
