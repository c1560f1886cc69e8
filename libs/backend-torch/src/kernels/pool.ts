import * as tf from '@tensorflow/tfjs-core';
import { backend_util, util } from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel.ts';
import { emptyResult, padsOf, padsOf3d, requireShape } from './window.ts';

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

interface Window {
  kernel: number[];
  strides: number[];
  pads: number[];
  outShape: number[];
}

type Attrs2d = tf.MaxPoolAttrs;
type Attrs3d = Omit<tf.MaxPool3DAttrs, 'dataFormat'> & { dataFormat?: 'NDHWC' | 'NCDHW' };
type WindowOf<A> = (shape: number[], attrs: A) => Window;

const window2d: WindowOf<Attrs2d> = (shape, { filterSize, strides, pad, dimRoundingMode }) => {
  const info = backend_util.computePool2DInfo(shape as Shape4, filterSize, strides, 1, pad, dimRoundingMode);
  return {
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    pads: padsOf(info),
    outShape: info.outShape,
  };
};

const window3d: WindowOf<Attrs3d> = (shape, { filterSize, strides, pad, dimRoundingMode }) => {
  const info = backend_util.computePool3DInfo(shape as Shape5, filterSize, strides, 1, pad, dimRoundingMode);
  return {
    kernel: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    pads: padsOf3d(info),
    outShape: info.outShape,
  };
};

/** tfjs's rule: whatever its padding and strides, a window of one element that gives the input's shape gives the input. */
function isIdentity(x: TensorInfo, { kernel, outShape }: Window): boolean {
  return kernel.every((size) => size === 1) && util.arraysEqual(x.shape, outShape);
}

function forward<A>(kernelName: string, op: 'maxPool' | 'avgPool', windowOf: WindowOf<A>): KernelConfig {
  return defineKernel<tf.MaxPoolInputs, A>(kernelName, ({ x }, attrs, backend) => {
    const w = windowOf(x.shape, attrs);
    if (isIdentity(x, w)) return backend.share(x);
    const dtype = op === 'maxPool' ? x.dtype : 'float32';
    const empty = x.shape.length === 5 ? emptyResult(backend, w.outShape, dtype) : undefined;
    return empty ?? backend.give(backend.native[op](backend.handle(x), w.kernel, w.strides, w.pads), w.outShape, dtype);
  });
}

function backward<A>(kernelName: string, op: 'maxPoolGrad' | 'avgPoolGrad', windowOf: WindowOf<A>): KernelConfig {
  return defineKernel<tf.AvgPoolGradInputs, A>(kernelName, ({ dy, input }, attrs, backend) => {
    const w = windowOf(input.shape, attrs);
    requireShape('dy', dy, w.outShape);
    if (isIdentity(input, w)) return backend.share(dy);
    const dx = backend.native[op](backend.handle(dy), backend.handle(input), w.kernel, w.strides, w.pads);
    return backend.give(dx, input.shape, 'float32');
  });
}

/** Pooling on NHWC images and NDHWC volumes; an average counts the image's pixels, not the padding; a maximum passes over NaN. */
export const poolKernels: readonly KernelConfig[] = [
  forward(tf.MaxPool, 'maxPool', window2d),
  forward(tf.AvgPool, 'avgPool', window2d),
  forward(tf.MaxPool3D, 'maxPool', window3d),
  forward(tf.AvgPool3D, 'avgPool', window3d),
  backward(tf.MaxPoolGrad, 'maxPoolGrad', window2d),
  backward(tf.AvgPoolGrad, 'avgPoolGrad', window2d),
  backward(tf.MaxPool3DGrad, 'maxPoolGrad', window3d),
  backward(tf.AvgPool3DGrad, 'avgPoolGrad', window3d),
  defineKernel<tf.MaxPoolWithArgmaxInputs, tf.MaxPoolWithArgmaxAttrs>(
    tf.MaxPoolWithArgmax,
    ({ x }, { includeBatchInIndex, ...attrs }, backend) => {
      const w = window2d(x.shape, attrs);
      const image = backend.handle(x);
      const [y, index] = backend.native.maxPoolWithArgmax(image, w.kernel, w.strides, w.pads, includeBatchInIndex);
      return backend.giveAll([
        [y, w.outShape, x.dtype],
        [index, w.outShape, 'int32'],
      ]);
    },
  ),
];
