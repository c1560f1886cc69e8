import * as tf from '@tensorflow/tfjs-core';
import { backend_util } from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../backend.ts';
import { defineKernel, through } from '../kernel.ts';
import { padsOf, requireNhwc, requireShape } from './window.ts';

type Shape4 = [number, number, number, number];
type Pair = number | [number, number];
type Pad = tf.Conv2DAttrs['pad'];

interface Attrs {
  strides: Pair;
  pad: Pad;
  dilations?: Pair;
  dataFormat?: 'NHWC' | 'NCHW';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface Geometry {
  strides: number[];
  dilations: number[];
  pads: number[];
  outShape: number[];
}

function geometry(xShape: number[], filterShape: number[], attrs: Attrs, depthwise: boolean): Geometry {
  requireNhwc(attrs.dataFormat);
  const info = backend_util.computeConv2DInfo(
    xShape as Shape4,
    filterShape as Shape4,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
  );
  return {
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: padsOf(info),
    outShape: info.outShape,
  };
}

function forward(kernelName: string, depthwise: boolean): KernelConfig {
  return defineKernel<tf.Conv2DInputs, Attrs>(kernelName, ({ x, filter }, attrs, backend) => {
    const g = geometry(x.shape, filter.shape, attrs, depthwise);
    const { native, half } = backend;
    const y = native.conv(
      backend.handle(x),
      backend.handle(filter),
      undefined,
      g.strides,
      g.dilations,
      g.pads,
      half,
      depthwise,
    );
    return backend.give(y, g.outShape, 'float32');
  });
}

interface FusedInputs {
  x: TensorInfo;
  filter: TensorInfo;
  bias?: TensorInfo;
  preluActivationWeights?: TensorInfo;
}

function activate(backend: TorchBackend, y: number, attrs: tf.FusedConv2DAttrs, alpha: TensorInfo | undefined): number {
  const { activation, leakyreluAlpha } = attrs;
  if (activation === 'linear') return y;
  const { native } = backend;
  return through(backend, y, (linear) => {
    if (activation === 'prelu' && alpha) return native.prelu(linear, backend.handle(alpha));
    return native.activate(linear, activation, leakyreluAlpha ?? 0.2);
  });
}

function fused(kernelName: string, depthwise: boolean): KernelConfig {
  return defineKernel<FusedInputs, tf.FusedConv2DAttrs>(kernelName, (inputs, attrs, backend) => {
    const { x, filter, bias, preluActivationWeights } = inputs;
    const g = geometry(x.shape, filter.shape, attrs, depthwise);
    const { native, half } = backend;
    const biasHandle = bias && backend.handle(bias);
    const y = native.conv(
      backend.handle(x),
      backend.handle(filter),
      biasHandle,
      g.strides,
      g.dilations,
      g.pads,
      half,
      depthwise,
    );
    return backend.give(activate(backend, y, attrs, preluActivationWeights), g.outShape, 'float32');
  });
}

interface InputGradInputs {
  dy: TensorInfo;
  filter: TensorInfo;
}

function inputGrad(kernelName: string, depthwise: boolean): KernelConfig {
  return defineKernel<InputGradInputs, Attrs & { inputShape: Shape4 }>(kernelName, ({ dy, filter }, attrs, backend) => {
    const g = geometry(attrs.inputShape, filter.shape, attrs, depthwise);
    requireShape('dy', dy, g.outShape);
    const { native, half } = backend;
    const dx = native.convInputGrad(
      backend.handle(dy),
      backend.handle(filter),
      attrs.inputShape,
      g.strides,
      g.dilations,
      g.pads,
      half,
      depthwise,
    );
    return backend.give(dx, attrs.inputShape, 'float32');
  });
}

interface FilterGradInputs {
  x: TensorInfo;
  dy: TensorInfo;
}

function filterGrad(kernelName: string, depthwise: boolean): KernelConfig {
  return defineKernel<FilterGradInputs, Attrs & { filterShape: Shape4 }>(kernelName, ({ x, dy }, attrs, backend) => {
    const g = geometry(x.shape, attrs.filterShape, attrs, depthwise);
    requireShape('dy', dy, g.outShape);
    const { native, half } = backend;
    const dw = native.convFilterGrad(
      backend.handle(x),
      backend.handle(dy),
      attrs.filterShape,
      g.strides,
      g.dilations,
      g.pads,
      half,
      depthwise,
    );
    return backend.give(dw, attrs.filterShape, 'float32');
  });
}

/**
 * Convolutions on NHWC images. In a bf16 scope, or with a bfloat16 operand, they compute in bfloat16; results keep it, except
 * filter gradients, which are float32. Plain convolutions take a filter with fewer input channels than the image (groups).
 */
export const convKernels: readonly KernelConfig[] = [
  forward(tf.Conv2D, false),
  forward(tf.DepthwiseConv2dNative, true),
  fused(tf.FusedConv2D, false),
  fused(tf.FusedDepthwiseConv2D, true),
  inputGrad(tf.Conv2DBackpropInput, false),
  inputGrad(tf.DepthwiseConv2dNativeBackpropInput, true),
  filterGrad(tf.Conv2DBackpropFilter, false),
  filterGrad(tf.DepthwiseConv2dNativeBackpropFilter, true),
];
