import * as tf from '@tensorflow/tfjs-core';
import { backend_util } from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel.ts';
import { padsOf, requireShape } from './window.ts';

type Shape3 = [number, number, number];
type Shape4 = [number, number, number, number];

interface Geometry {
  strides: number[];
  dilations: number[];
  pads: number[];
  outShape: number[];
}

function dilationGeometry(x: number[], filter: number[], { strides, pad, dilations }: tf.Dilation2DAttrs): Geometry {
  const info = backend_util.computeDilation2DInfo(x as Shape4, filter as Shape3, strides, pad, 'NHWC', dilations);
  return {
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: padsOf(info),
    outShape: info.outShape,
  };
}

function dilationGrad(
  kernelName: string,
  op: 'dilationInputGrad' | 'dilationFilterGrad',
  of: 'x' | 'filter',
): KernelConfig {
  return defineKernel<tf.Dilation2DBackpropInputInputs, tf.Dilation2DAttrs>(kernelName, (inputs, attrs, backend) => {
    const { x, filter, dy } = inputs;
    const g = dilationGeometry(x.shape, filter.shape, attrs);
    requireShape('dy', dy, g.outShape);
    const [image, w, gradient] = [backend.handle(x), backend.handle(filter), backend.handle(dy)];
    const result = backend.native[op](image, w, gradient, g.strides, g.dilations, g.pads);
    return backend.give(result, inputs[of].shape, 'float32');
  });
}

/** Local response normalisation and grey-scale dilation. Of equal maxima the first takes the gradient. */
export const neighbourhoodKernels: readonly KernelConfig[] = [
  defineKernel<tf.LRNInputs, tf.LRNAttrs>(tf.LRN, ({ x }, { depthRadius, bias, alpha, beta }, backend) => {
    return backend.give(backend.native.lrn(backend.handle(x), depthRadius, bias, alpha, beta), x.shape, 'float32');
  }),
  defineKernel<tf.LRNGradInputs, tf.LRNGradAttrs>(tf.LRNGrad, ({ x, y, dy }, attrs, backend) => {
    const { depthRadius, bias, alpha, beta } = attrs;
    const [gradient, input, output] = [backend.handle(dy), backend.handle(x), backend.handle(y)];
    const dx = backend.native.lrnGrad(gradient, input, output, depthRadius, bias, alpha, beta);
    return backend.give(dx, x.shape, 'float32');
  }),
  defineKernel<tf.Dilation2DInputs, tf.Dilation2DAttrs>(tf.Dilation2D, ({ x, filter }, attrs, backend) => {
    const g = dilationGeometry(x.shape, filter.shape, attrs);
    const y = backend.native.dilation(backend.handle(x), backend.handle(filter), g.strides, g.dilations, g.pads);
    return backend.give(y, g.outShape, x.dtype);
  }),
  dilationGrad(tf.Dilation2DBackpropInput, 'dilationInputGrad', 'x'),
  dilationGrad(tf.Dilation2DBackpropFilter, 'dilationFilterGrad', 'filter'),
];
