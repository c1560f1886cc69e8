import * as tf from '@tensorflow/tfjs-core';
import { backend_util } from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel.ts';
import { padsOf, requireShape } from './window.ts';

type Shape4 = [number, number, number, number];

interface Window {
  kernel: number[];
  strides: number[];
  pads: number[];
  outShape: number[];
}

function windowOf(x: TensorInfo, attrs: tf.MaxPoolAttrs): Window {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const info = backend_util.computePool2DInfo(x.shape as Shape4, filterSize, strides, 1, pad, dimRoundingMode);
  return {
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    pads: padsOf(info),
    outShape: info.outShape,
  };
}

function forward(kernelName: string, op: 'maxPool' | 'avgPool'): KernelConfig {
  return defineKernel<tf.MaxPoolInputs, tf.MaxPoolAttrs>(kernelName, ({ x }, attrs, backend) => {
    const w = windowOf(x, attrs);
    return backend.give(backend.native[op](backend.handle(x), w.kernel, w.strides, w.pads), w.outShape, x.dtype);
  });
}

function backward(kernelName: string, op: 'maxPoolGrad' | 'avgPoolGrad'): KernelConfig {
  return defineKernel<tf.AvgPoolGradInputs, tf.MaxPoolAttrs>(kernelName, ({ dy, input }, attrs, backend) => {
    const w = windowOf(input, attrs);
    requireShape('dy', dy, w.outShape);
    const dx = backend.native[op](backend.handle(dy), backend.handle(input), w.kernel, w.strides, w.pads);
    return backend.give(dx, input.shape, 'float32');
  });
}

/** Pooling on NHWC images; an average counts the image's pixels, not the padding. */
export const poolKernels: readonly KernelConfig[] = [
  forward(tf.MaxPool, 'maxPool'),
  forward(tf.AvgPool, 'avgPool'),
  backward(tf.MaxPoolGrad, 'maxPoolGrad'),
  backward(tf.AvgPoolGrad, 'avgPoolGrad'),
];
