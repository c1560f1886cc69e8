/** Cases that tfjs-node's kernels refuse and the other engines compute, made of ops that it has. */
import * as tf from '@tensorflow/tfjs-core';
import type { AvgPoolAttrs, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { extendKernels, type KernelExtension } from './extend-kernels.ts';

/** The mean of the pixels that a window covers: of sums over padded pictures, by the counts that the same sums of ones give. */
const paddedAverage: KernelExtension = (original) => (params) => {
  const x = params.inputs['x'] as Tensor4D;
  const { filterSize, strides, pad, dimRoundingMode } = params.attrs as unknown as AvgPoolAttrs;
  const { padInfo } = tf.backend_util.computePool2DInfo(x.shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { type, top, bottom, left, right } = padInfo;
  if (type !== 'NUMBER' && type !== 'EXPLICIT') return original(params);
  return tf.tidy(() => {
    const around: [number, number][] = [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ];
    const pool = (y: Tensor): Tensor => tf.avgPool(tf.pad(y, around) as Tensor4D, filterSize, strides, 'valid');
    return tf.div(pool(x), pool(tf.onesLike(x)));
  });
};

type Extreme = (x: Tensor, axis?: number | number[], keepDims?: boolean) => Tensor;

/** libtensorflow has Max and Min of numbers only. */
const ofBool =
  (extreme: Extreme): KernelExtension =>
  (original) =>
  (params) => {
    const x = params.inputs['x'] as Tensor;
    if (x.dtype !== 'bool') return original(params);
    // tfjs calls it one thing for Max and another for Min.
    const axis = (params.attrs?.['reductionIndices'] ?? params.attrs?.['axis']) as number[] | undefined;
    return tf.tidy(() => tf.cast(extreme(tf.cast(x, 'int32'), axis, params.attrs?.['keepDims'] === true), 'bool'));
  };

const extensions: Readonly<Record<string, KernelExtension>> = {
  [tf.AvgPool]: paddedAverage,
  [tf.Max]: ofBool(tf.max),
  [tf.Min]: ofBool(tf.min),
};

/** Idempotent; called after tfjs-node is loaded. */
export function registerMissingCases(): void {
  extendKernels(extensions);
}
