import * as tf from '@tensorflow/tfjs-core';
import { backend_util } from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel.ts';
import { TorchBackendError } from '../errors.ts';
import { emptyResult, padsOf3d, requireShape } from './window.ts';

type Shape5 = [number, number, number, number, number];

interface Attrs {
  strides: tf.Conv3DAttrs['strides'];
  pad: tf.Conv3DAttrs['pad'];
  dataFormat?: tf.Conv3DAttrs['dataFormat'];
  dilations?: tf.Conv3DAttrs['dilations'];
}

interface Geometry {
  strides: number[];
  dilations: number[];
  pads: number[];
  outShape: number[];
}

function geometry(xShape: number[], filterShape: number[], attrs: Attrs): Geometry {
  const { strides, dilations = 1, pad, dataFormat } = attrs;
  if (dataFormat === 'NCDHW') {
    throw new TorchBackendError('TORCH_UNSUPPORTED', 'volumes are NDHWC in tfjs, got NCDHW; transpose first');
  }
  const info = backend_util.computeConv3DInfo(xShape as Shape5, filterShape as Shape5, strides, dilations, pad);
  return {
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    pads: padsOf3d(info),
    outShape: info.outShape,
  };
}

/** Convolutions of volumes, NDHWC, in the precisions of the convolutions of images. */
export const conv3dKernels: readonly KernelConfig[] = [
  defineKernel<tf.Conv3DInputs, Attrs>(tf.Conv3D, ({ x, filter }, attrs, backend) => {
    const g = geometry(x.shape, filter.shape, attrs);
    const [image, w] = [backend.handle(x), backend.handle(filter)];
    const empty = emptyResult(backend, g.outShape, 'float32');
    if (empty) return empty;
    const y = backend.native.conv3d(image, w, g.strides, g.dilations, g.pads, backend.half);
    return backend.give(y, g.outShape, 'float32');
  }),
  defineKernel<tf.Conv3DBackpropInputV2Inputs, tf.Conv3DBackpropInputV2Attrs>(
    tf.Conv3DBackpropInputV2,
    ({ dy, filter }, attrs, backend) => {
      const { inputShape } = attrs;
      const g = geometry(inputShape, filter.shape, attrs);
      requireShape('dy', dy, g.outShape);
      const [gradient, w] = [backend.handle(dy), backend.handle(filter)];
      const dx = backend.native.conv3dInputGrad(gradient, w, inputShape, g.strides, g.dilations, g.pads, backend.half);
      return backend.give(dx, inputShape, 'float32');
    },
  ),
  defineKernel<tf.Conv3DBackpropFilterV2Inputs, tf.Conv3DBackpropFilterV2Attrs>(
    tf.Conv3DBackpropFilterV2,
    ({ x, dy }, attrs, backend) => {
      const { filterShape } = attrs;
      const g = geometry(x.shape, filterShape, attrs);
      requireShape('dy', dy, g.outShape);
      const [image, gradient] = [backend.handle(x), backend.handle(dy)];
      const dw = backend.native.conv3dFilterGrad(
        image,
        gradient,
        filterShape,
        g.strides,
        g.dilations,
        g.pads,
        backend.half,
      );
      return backend.give(dw, filterShape, 'float32');
    },
  ),
];
