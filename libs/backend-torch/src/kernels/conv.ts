import * as tf from '@tensorflow/tfjs-core';
import { backend_util } from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../backend.ts';
import { defineKernel, through } from '../kernel.ts';
import type { Handle } from '../native.ts';
import { asNhwc, inFormat, padsOf, requireBroadcast, requireShape } from './window.ts';
import type { ImageFormat } from './window.ts';

type Shape4 = [number, number, number, number];
type Pair = number | [number, number];

interface Attrs {
  strides: Pair;
  pad: tf.Conv2DAttrs['pad'];
  /** null is 1, as in tfjs's other backends */
  dilations?: Pair | null;
  dataFormat?: ImageFormat;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface Geometry {
  format: ImageFormat;
  strides: number[];
  dilations: number[];
  pads: number[];
  /** in the caller's format */
  outShape: number[];
  outChannels: number;
  inNhwc: number[];
  outNhwc: number[];
}

function geometry(xShape: number[], filterShape: number[], attrs: Attrs, depthwise: boolean): Geometry {
  const { strides, dilations, pad, dimRoundingMode, dataFormat: format = 'NHWC' } = attrs;
  const info = backend_util.computeConv2DInfo(
    xShape as Shape4,
    filterShape as Shape4,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    backend_util.convertConv2DDataFormat(format),
  );
  return {
    format,
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: padsOf(info),
    outShape: info.outShape,
    outChannels: info.outChannels,
    inNhwc: [info.batchSize, info.inHeight, info.inWidth, info.inChannels],
    outNhwc: [info.batchSize, info.outHeight, info.outWidth, info.outChannels],
  };
}

function forward(kernelName: string, depthwise: boolean): KernelConfig {
  return defineKernel<tf.Conv2DInputs, Attrs>(kernelName, ({ x, filter }, attrs, backend) => {
    const g = geometry(x.shape, filter.shape, attrs, depthwise);
    const { native, half } = backend;
    const w = backend.handle(filter);
    const y = asNhwc(backend, x, g.format, (image) =>
      native.conv(image, w, undefined, g.strides, g.dilations, g.pads, half, depthwise),
    );
    return backend.give(inFormat(backend, y, g.format), g.outShape, 'float32');
  });
}

interface FusedInputs {
  x: TensorInfo;
  filter: TensorInfo;
  bias?: TensorInfo;
  preluActivationWeights?: TensorInfo;
}

/** Slopes of [C] go with the channels in either format; those of three axes have the axes of the images. */
function prelu(backend: TorchBackend, y: Handle, alpha: TensorInfo, { format, outNhwc }: Geometry): Handle {
  const { native } = backend;
  if (format !== 'NCHW' || alpha.shape.length !== 3) {
    requireBroadcast('preluActivationWeights', alpha.shape, outNhwc);
    return native.prelu(y, backend.handle(alpha));
  }
  const [channels = 1, height = 1, width = 1] = alpha.shape;
  requireBroadcast('preluActivationWeights', [height, width, channels], outNhwc);
  return through(backend, native.permute(backend.handle(alpha), [1, 2, 0]), (slopes) => native.prelu(y, slopes));
}

function activate(
  backend: TorchBackend,
  y: Handle,
  attrs: tf.FusedConv2DAttrs,
  alpha: TensorInfo | undefined,
  g: Geometry,
): Handle {
  const { activation, leakyreluAlpha } = attrs;
  if (activation === 'linear') return y;
  return through(backend, y, (linear) => {
    if (activation === 'prelu' && alpha) return prelu(backend, linear, alpha, g);
    return backend.native.activate(linear, activation, leakyreluAlpha ?? 0.2);
  });
}

function fused(kernelName: string, depthwise: boolean): KernelConfig {
  return defineKernel<FusedInputs, tf.FusedConv2DAttrs>(kernelName, (inputs, attrs, backend) => {
    const { x, filter, bias, preluActivationWeights } = inputs;
    const g = geometry(x.shape, filter.shape, attrs, depthwise);
    const { native, half } = backend;
    const [w, b] = [backend.handle(filter), bias && backend.handle(bias)];
    const perChannel = bias?.shape.length === 1 && bias.shape[0] === g.outChannels;
    if (bias) requireBroadcast('bias', bias.shape, g.outNhwc);
    let y = asNhwc(backend, x, g.format, (image) =>
      native.conv(image, w, perChannel ? b : undefined, g.strides, g.dilations, g.pads, half, depthwise),
    );
    if (b !== undefined && !perChannel) y = through(backend, y, (plain) => native.add(plain, b));
    const out = activate(backend, y, attrs, preluActivationWeights, g);
    return backend.give(inFormat(backend, out, g.format), g.outShape, 'float32');
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
    const w = backend.handle(filter);
    const dx = asNhwc(backend, dy, g.format, (gradient) =>
      native.convInputGrad(gradient, w, g.inNhwc, g.strides, g.dilations, g.pads, half, depthwise),
    );
    return backend.give(inFormat(backend, dx, g.format), attrs.inputShape, 'float32');
  });
}

interface FilterGradInputs {
  x: TensorInfo;
  dy: TensorInfo;
}

function filterGrad(kernelName: string, depthwise: boolean): KernelConfig {
  return defineKernel<FilterGradInputs, Attrs & { filterShape: Shape4 }>(kernelName, ({ x, dy }, attrs, backend) => {
    const { filterShape } = attrs;
    const g = geometry(x.shape, filterShape, attrs, depthwise);
    requireShape('dy', dy, g.outShape);
    const { native, half } = backend;
    const dw = asNhwc(backend, x, g.format, (image) =>
      asNhwc(backend, dy, g.format, (gradient) =>
        native.convFilterGrad(image, gradient, filterShape, g.strides, g.dilations, g.pads, half, depthwise),
      ),
    );
    return backend.give(dw, filterShape, 'float32');
  });
}

/**
 * Convolutions of images, NHWC or NCHW. In a bf16 scope, or with a bfloat16 operand, they compute in bfloat16; results keep it,
 * except filter gradients, which are float32. Plain convolutions take a filter with fewer input channels than the image (groups).
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
