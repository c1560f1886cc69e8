import * as tf from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../../backend.ts';
import type { ConvolutionRequest, ConvolutionReply } from '../fuzz-case.ts';
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

/** Of the last convolution: its three results have the same operands. */
let last: { readonly name: string; readonly operands: Operands } | undefined;

/** Computes one result of a convolution with the kernel that tfjs calls for it. */
export function runConvolution(backend: TorchBackend, request: ConvolutionRequest): ConvolutionReply {
  const { convolution: c, wanted, precision } = request;
  const name = JSON.stringify(c);
  if (last?.name !== name) last = { name, operands: operands(c) };
  const { x, filter, dy, bias } = last.operands;
  const tensor = (values: Float32Array, shape: readonly number[]): tf.Tensor =>
    c.views === true ? sliced(values, [...shape]) : tf.tensor(values, [...shape]);
  let [kernel, inputs]: [string, Record<string, tf.Tensor>] = [KERNELS[c.of][wanted], {}];
  backend.precision = precision;
  try {
    const values = tf.tidy(() => {
      if (wanted !== 'filter gradient') inputs['filter'] = tensor(filter, c.filter);
      if (wanted !== 'input gradient') inputs['x'] = tensor(x, c.x);
      if (wanted !== 'forward') inputs['dy'] = tensor(dy, resultShape(c));
      if (wanted === 'forward' && c.bias === true) {
        inputs['bias'] = tensor(bias, [bias.length]);
        kernel = c.of === 'depthwise' ? tf.FusedDepthwiseConv2D : tf.FusedConv2D;
      }
      const result = tf.engine().runKernel(kernel, inputs, attributes(c) as tf.NamedAttrMap) as tf.Tensor;
      return result.dataSync() as Float32Array;
    });
    return { values };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  } finally {
    backend.precision = 'f32';
    inputs = {};
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
