import * as tf from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../../backend.ts';
import type { ConvolutionReply, ConvolutionRequest, ConvolutionResult } from '../fuzz-case.ts';
import { resultShape } from './convolution.ts';
import type { Convolution, Wanted } from './convolution.ts';
import { operands } from './operands.ts';
import type { Operands } from './operands.ts';

const KERNELS: Readonly<Record<Convolution['of'], Readonly<Record<Wanted, string>>>> = {
  images: {
    forward: tf.Conv2D,
    'input gradient': tf.Conv2DBackpropInput,
    'filter gradient': tf.Conv2DBackpropFilter,
  },
  depthwise: {
    forward: tf.DepthwiseConv2dNative,
    'input gradient': tf.DepthwiseConv2dNativeBackpropInput,
    'filter gradient': tf.DepthwiseConv2dNativeBackpropFilter,
  },
  volumes: {
    forward: tf.Conv3D,
    'input gradient': tf.Conv3DBackpropInputV2,
    'filter gradient': tf.Conv3DBackpropFilterV2,
  },
};

/** Computes results of a convolution with the kernels that tfjs calls for them. */
export function runConvolution(backend: TorchBackend, request: ConvolutionRequest): ConvolutionReply {
  const made = operands(request.convolution);
  return { results: request.results.map((result) => compute(backend, request.convolution, made, result)) };
}

function compute(
  backend: TorchBackend,
  c: Convolution,
  made: Operands,
  { wanted, precision }: ConvolutionResult,
): Float32Array | string {
  const { x, filter, dy, bias } = made;
  const tensor = (values: Float32Array, shape: readonly number[]): tf.Tensor =>
    c.views === true ? sliced(values, [...shape]) : tf.tensor(values, [...shape]);
  const inputs: Record<string, tf.Tensor> = {};
  let kernel = KERNELS[c.of][wanted];
  backend.precision = precision;
  try {
    return tf.tidy(() => {
      if (wanted !== 'filter gradient') inputs['filter'] = tensor(filter, c.filter);
      if (wanted !== 'input gradient') inputs['x'] = tensor(x, c.x);
      if (wanted !== 'forward') inputs['dy'] = tensor(dy, resultShape(c));
      if (wanted === 'forward' && c.bias === true) {
        inputs['bias'] = tensor(bias, [bias.length]);
        kernel = c.of === 'depthwise' ? tf.FusedDepthwiseConv2D : tf.FusedConv2D;
      }
      const result = tf.engine().runKernel<tf.Tensor>(kernel, inputs, attributes(c) as tf.NamedAttrMap);
      return result.dataSync<'float32'>();
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    backend.precision = 'f32';
    backend.flush(); // what was written past a block is found when the block is freed
  }
}

function attributes({ of, x, filter, strides, dilations, pads }: Convolution): object {
  const explicit = [[0, 0], pads.slice(0, 2), pads.slice(2, 4), [0, 0]];
  const pad = of === 'volumes' ? pads[0] : explicit;
  const dataFormat = of === 'volumes' ? 'NDHWC' : 'NHWC';
  return { strides, dilations, pad, dataFormat, activation: 'linear', inputShape: x, filterShape: filter };
}

/** The tensor as a part of one with another element before each row of its last axis and after. */
function sliced(values: Float32Array, shape: number[]): tf.Tensor {
  const rows = tf.tensor(values, shape);
  const around = tf.pad(
    rows,
    shape.map((_, axis) => (axis === shape.length - 1 ? [1, 1] : [0, 0])),
    7,
  );
  return tf.slice(
    around,
    shape.map((_, axis) => (axis === shape.length - 1 ? 1 : 0)),
    shape,
  );
}
