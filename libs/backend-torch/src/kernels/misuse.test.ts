import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Precision, TorchBackend } from '../backend.ts';
import * as k from '../kernel-specs.ts';
import { CPU_DEVICE, NATIVE_DTYPE } from '../native.ts';
import { runKernel, status, suffix, useTorch } from '../testing/compare.ts';

interface Case {
  kernel: string;
  /** Shapes by input name. */
  inputs: Record<string, number[]>;
  attrs?: object;
}

const bn = { epsilon: 1e-5, relu: true };
const grad = { ...bn, residual: false };
const conv = { strides: [1, 1], pad: 1, dataFormat: 'NHWC', dilations: [1, 1] };
const pool = { filterSize: [2, 2], strides: [2, 2], pad: 'valid' };
const volume = { strides: 1, pad: 'same', dataFormat: 'NDHWC', dilations: 1 };
const pool3d = { filterSize: 2, strides: 2, pad: 'valid' };
const lrn = { depthRadius: 1, bias: 1, alpha: 1, beta: 1 };
const dilation = { strides: 1, pad: 'valid', dilations: 1 };
const crop = { cropSize: [2, 2], method: 'bilinear', extrapolationValue: 0 };
const transform = { interpolation: 'bilinear', fillMode: 'wrap', fillValue: 0, outputShape: [2, 2] };
const nms = { maxOutputSize: 3, iouThreshold: 0.5, scoreThreshold: 0 };
const sgd = { count: 1, learningRate: 1, momentum: 0.9, nesterov: false, weightDecay: [0] };
const adamw = { count: 1, learningRate: 1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: [0], step: [1] };

// Large claims over small tensors: what was not refused here read far outside them.
const wrong: Case[] = [
  {
    kernel: tf.Conv2DBackpropInput,
    inputs: { dy: [8, 4, 4, 16], filter: [3, 3, 4, 16] },
    attrs: { ...conv, inputShape: [2048, 4, 4, 4] },
  },
  {
    kernel: tf.Conv2DBackpropInput,
    inputs: { dy: [8, 9, 4, 16], filter: [3, 3, 4, 16] },
    attrs: { ...conv, inputShape: [8, 4, 4, 4] },
  },
  {
    kernel: tf.Conv2DBackpropInput,
    inputs: { dy: [8, 2, 2, 16], filter: [1, 1, 4, 16] },
    attrs: { ...conv, strides: 2, pad: 0, inputShape: [64, 4, 4, 4] },
  },
  {
    kernel: tf.Conv2DBackpropInput,
    inputs: { dy: [8, 4, 4, 15], filter: [3, 3, 4, 16] },
    attrs: { ...conv, inputShape: [8, 4, 4, 4] },
  },
  {
    kernel: tf.Conv2DBackpropInput,
    inputs: { dy: [], filter: [3, 3, 4, 16] },
    attrs: { ...conv, inputShape: [8, 4, 4, 4] },
  },
  {
    kernel: tf.Conv2DBackpropFilter,
    inputs: { x: [2048, 4, 4, 4], dy: [8, 4, 4, 16] },
    attrs: { ...conv, filterShape: [3, 3, 4, 16] },
  },
  {
    kernel: tf.Conv2DBackpropFilter,
    inputs: { x: [8, 4, 4, 4], dy: [2048, 4, 4, 16] },
    attrs: { ...conv, filterShape: [3, 3, 4, 16] },
  },
  {
    kernel: tf.Conv2DBackpropFilter,
    inputs: { x: [8, 4, 4, 4], dy: [8, 4, 4, 16] },
    attrs: { ...conv, filterShape: [3, 3, 4, 17] },
  },
  {
    kernel: tf.Conv2DBackpropFilter,
    inputs: { x: [8, 4, 4, 0], dy: [8, 4, 4, 16] },
    attrs: { ...conv, filterShape: [3, 3, 0, 16] },
  },
  {
    kernel: tf.DepthwiseConv2dNativeBackpropInput,
    inputs: { dy: [2, 4, 4, 8], filter: [3, 3, 8, 1] },
    attrs: { ...conv, inputShape: [512, 4, 4, 8] },
  },
  {
    kernel: tf.DepthwiseConv2dNativeBackpropFilter,
    inputs: { x: [512, 4, 4, 8], dy: [2, 4, 4, 8] },
    attrs: { ...conv, filterShape: [3, 3, 8, 1] },
  },
  { kernel: tf.Conv2D, inputs: { x: [8, 4, 4, 3], filter: [3, 3, 4, 16] }, attrs: conv },
  { kernel: tf.Conv2D, inputs: { x: [8, 4, 4, 4], filter: [9, 9, 4, 16] }, attrs: conv },
  { kernel: tf.Conv2D, inputs: { x: [8, 4, 4, 4], filter: [3, 3, 4, 16] }, attrs: { ...conv, strides: 0 } },
  { kernel: tf.Conv2D, inputs: { x: [8, 0, 4, 4], filter: [3, 3, 4, 16] }, attrs: conv },
  { kernel: tf.Conv2D, inputs: { x: [4, 4], filter: [3, 3, 4, 16] }, attrs: conv },
  { kernel: tf.Conv2D, inputs: { x: [8, 4, 4, 4] }, attrs: conv },
  { kernel: tf.MaxPoolGrad, inputs: { dy: [1, 2, 2, 8], input: [512, 4, 4, 8] }, attrs: pool },
  { kernel: tf.AvgPoolGrad, inputs: { dy: [1, 2, 2, 8], input: [512, 4, 4, 8] }, attrs: pool },
  { kernel: tf.MaxPool, inputs: { x: [1, 4, 4, 8] }, attrs: { ...pool, filterSize: [9, 9] } },
  { kernel: tf.AvgPool, inputs: { x: [1, 4, 4, 8] }, attrs: { ...pool, strides: [0, 0] } },
  { kernel: k.TESSERA_BATCH_NORM_TRAIN, inputs: { x: [64, 64], gamma: [3], beta: [64] }, attrs: bn },
  { kernel: k.TESSERA_BATCH_NORM_TRAIN, inputs: { x: [64, 64], gamma: [64], beta: [3] }, attrs: bn },
  {
    kernel: k.TESSERA_BATCH_NORM_TRAIN,
    inputs: { x: [64, 64], gamma: [64], beta: [64], residual: [1, 64] },
    attrs: bn,
  },
  { kernel: k.TESSERA_BATCH_NORM_TRAIN, inputs: { x: [0, 64], gamma: [64], beta: [64] }, attrs: bn },
  { kernel: k.TESSERA_BATCH_NORM_TRAIN, inputs: { x: [], gamma: [1], beta: [1] }, attrs: bn },
  { kernel: k.TESSERA_BATCH_NORM_TRAIN, inputs: { x: [64, 64], gamma: [64] }, attrs: bn },
  ...(
    [
      { dy: [1, 64] },
      { y: [1, 64] },
      { x: [4096, 64] },
      { gamma: [1] },
      { mean: [1] },
      { variance: [1] },
      { y: [64, 64], dy: [] },
    ] as Record<string, number[]>[]
  ).map((change) => ({
    kernel: k.TESSERA_BATCH_NORM_TRAIN_GRAD,
    inputs: { dy: [64, 64], x: [64, 64], gamma: [64], mean: [64], variance: [64], y: [64, 64], ...change },
    attrs: grad,
  })),
  {
    kernel: k.TESSERA_BATCH_NORM_TRAIN_GRAD,
    inputs: { dy: [64, 64], x: [64, 64], gamma: [64], mean: [64], variance: [64], beta: [1] },
    attrs: grad,
  },
  {
    kernel: k.TESSERA_BATCH_NORM_INFER,
    inputs: { x: [64, 64], gamma: [64], beta: [64], mean: [1], variance: [64] },
    attrs: bn,
  },
  {
    kernel: tf.FusedBatchNorm,
    inputs: { x: [1, 4], mean: [9, 4], variance: [9, 4] },
    attrs: { varianceEpsilon: 1e-5 },
  },
  { kernel: k.TESSERA_RELU_GRAD, inputs: { dy: [4], y: [4096] } },
  { kernel: k.TESSERA_ADD_RELU, inputs: { a: [4096], b: [4] } },
  { kernel: k.TESSERA_GLOBAL_AVG_POOL, inputs: { x: [4, 4] } },
  { kernel: k.TESSERA_GLOBAL_AVG_POOL_GRAD, inputs: { dy: [8, 2], x: [2, 4, 4, 8] } },
  { kernel: k.TESSERA_L2_NORMALIZE_GRAD, inputs: { dy: [8, 2], x: [2, 8] }, attrs: { epsilon: 1e-12 } },
  { kernel: k.TESSERA_ATTENTION, inputs: { qkv: [2, 3, 12] }, attrs: { heads: 3 } },
  { kernel: k.TESSERA_ATTENTION, inputs: { qkv: [2, 3, 12] }, attrs: { heads: 0 } },
  { kernel: k.TESSERA_ATTENTION, inputs: { qkv: [6, 12] }, attrs: { heads: 2 } },
  {
    kernel: k.TESSERA_ATTENTION_GRAD,
    inputs: { dy: [2, 3, 4], qkv: [2, 3, 12], y: [2, 3, 4], sums: [2, 3, 2] },
    attrs: { heads: 2 },
  },
  { kernel: k.TESSERA_SGD_UPDATE, inputs: { w0: [4096], g0: [4], m0: [4096] }, attrs: sgd },
  { kernel: k.TESSERA_SGD_UPDATE, inputs: { w0: [4096], g0: [4096], m0: [4] }, attrs: sgd },
  { kernel: k.TESSERA_SGD_UPDATE, inputs: { w0: [4], g0: [4], m0: [4] }, attrs: { ...sgd, weightDecay: [] } },
  { kernel: k.TESSERA_MOMENTUM_AVERAGE, inputs: { w0: [4096], s0: [4] }, attrs: { count: 1, momentum: 0.9 } },
  { kernel: k.TESSERA_MOMENTUM_AVERAGE, inputs: { w0: [4], s0: [4] }, attrs: { count: 2, momentum: 0.9 } },
  { kernel: k.TESSERA_ADAMW_UPDATE, inputs: { w0: [4096], g0: [4096], m0: [4], v0: [4096] }, attrs: adamw },
  { kernel: k.TESSERA_ADAMW_UPDATE, inputs: { w0: [4096], g0: [4096], m0: [4096], v0: [4] }, attrs: adamw },
  { kernel: k.TESSERA_ADAMW_UPDATE, inputs: { w0: [4], g0: [4], m0: [4], v0: [4] }, attrs: { ...adamw, step: [0] } },
  { kernel: k.TESSERA_ADAMW_UPDATE, inputs: { w0: [4], g0: [4], m0: [4], v0: [4] }, attrs: { ...adamw, step: [] } },
  { kernel: tf.Conv2D, inputs: { x: [8, 3, 4, 4], filter: [3, 3, 4, 16] }, attrs: { ...conv, dataFormat: 'NCHW' } },
  { kernel: tf.Conv2D, inputs: { x: [8, 4, 4], filter: [3, 3, 4, 16] }, attrs: { ...conv, dataFormat: 'NCHW' } },
  { kernel: tf.Conv2D, inputs: { x: [8, 4, 4, 4], filter: [3, 3, 4, 16] }, attrs: { ...conv, dataFormat: 'NHCW' } },
  {
    kernel: tf.Conv2D,
    inputs: { x: [8, 4, 4, 4], filter: [3, 3, 4, 16] },
    attrs: { ...conv, pad: [[0, 0], [-9, 9], [9, -9], [0, 0]] }, // prettier-ignore
  },
  {
    kernel: tf.Conv2DBackpropInput,
    inputs: { dy: [8, 16, 4, 4], filter: [3, 3, 4, 16] },
    attrs: { ...conv, dataFormat: 'NCHW', inputShape: [2048, 4, 4, 4] },
  },
  ...(
    [{ bias: [9] }, { bias: [9, 8, 4, 4, 16] }, { preluActivationWeights: [9] }] as Record<string, number[]>[]
  ).flatMap((more) =>
    [tf.FusedConv2D, tf.FusedDepthwiseConv2D].map((kernel) => ({
      kernel,
      inputs: { x: [8, 4, 4, 4], filter: [3, 3, 4, 4], ...more },
      attrs: { ...conv, activation: 'prelu' },
    })),
  ),
  { kernel: tf.Conv3D, inputs: { x: [2, 4, 4, 4, 3], filter: [3, 3, 3, 4, 5] }, attrs: volume },
  { kernel: tf.Conv3D, inputs: { x: [2, 4, 4, 4], filter: [3, 3, 3, 4, 5] }, attrs: volume },
  { kernel: tf.Conv3D, inputs: { x: [2, 4, 4, 4, 4], filter: [3, 3, 3, 4, 5] }, attrs: { ...volume, strides: 0 } },
  { kernel: tf.Conv3D, inputs: { x: [2, 4, 4, 4, 4], filter: [3, 3, 3, 4, 0] }, attrs: { ...volume, strides: 0 } },
  {
    kernel: tf.Conv3DBackpropInputV2,
    inputs: { dy: [2, 4, 4, 4, 5], filter: [3, 3, 3, 4, 5] },
    attrs: { ...volume, inputShape: [512, 4, 4, 4, 4] },
  },
  {
    kernel: tf.Conv3DBackpropFilterV2,
    inputs: { x: [512, 4, 4, 4, 4], dy: [2, 4, 4, 4, 5] },
    attrs: { ...volume, filterShape: [3, 3, 3, 4, 5] },
  },
  { kernel: tf.MaxPool3DGrad, inputs: { dy: [1, 2, 2, 2, 8], input: [512, 4, 4, 4, 8] }, attrs: pool3d },
  { kernel: tf.AvgPool3DGrad, inputs: { dy: [1, 2, 2, 2, 8], input: [512, 4, 4, 4, 8] }, attrs: pool3d },
  { kernel: tf.MaxPool3D, inputs: { x: [1, 4, 4, 8] }, attrs: pool3d },
  { kernel: tf.AvgPool3D, inputs: { x: [1, 4, 4, 4, 8] }, attrs: { ...pool3d, strides: 0 } },
  { kernel: tf.MaxPoolWithArgmax, inputs: { x: [1, 4, 4] }, attrs: { ...pool, includeBatchInIndex: true } },
  { kernel: tf.LRN, inputs: { x: [1, 2, 2, 4] }, attrs: { ...lrn, depthRadius: -1 } },
  { kernel: tf.LRN, inputs: { x: [] }, attrs: lrn },
  { kernel: tf.LRNGrad, inputs: { x: [64, 64, 2, 4], y: [1, 1, 2, 4], dy: [64, 64, 2, 4] }, attrs: lrn },
  { kernel: tf.LRNGrad, inputs: { x: [64, 64, 2, 4], y: [64, 64, 2, 4], dy: [1, 1, 2, 4] }, attrs: lrn },
  { kernel: tf.Dilation2D, inputs: { x: [1, 4, 4, 2], filter: [2, 2, 3] }, attrs: dilation },
  { kernel: tf.Dilation2D, inputs: { x: [1, 4, 4, 2], filter: [9, 9, 2] }, attrs: dilation },
  { kernel: tf.Dilation2D, inputs: { x: [1, 4, 4, 2], filter: [0, 2, 2] }, attrs: dilation },
  { kernel: tf.Dilation2D, inputs: { x: [4, 4, 2], filter: [2, 2, 2] }, attrs: dilation },
  ...[tf.Dilation2DBackpropInput, tf.Dilation2DBackpropFilter].map((kernel) => ({
    kernel,
    inputs: { x: [1, 4, 4, 2], filter: [2, 2, 2], dy: [64, 3, 3, 2] },
    attrs: dilation,
  })),
  { kernel: tf.CropAndResize, inputs: { image: [4, 4], boxes: [1, 4], boxInd: [1] }, attrs: crop },
  { kernel: tf.CropAndResize, inputs: { image: [1, 4, 4, 1], boxes: [4], boxInd: [1] }, attrs: crop },
  { kernel: tf.CropAndResize, inputs: { image: [1, 4, 4, 1], boxes: [9, 4], boxInd: [1] }, attrs: crop },
  {
    kernel: tf.CropAndResize,
    inputs: { image: [1, 4, 4, 1], boxes: [1, 4], boxInd: [1] },
    attrs: { ...crop, cropSize: [0, -1] },
  },
  { kernel: tf.Transform, inputs: { image: [3, 4, 4, 1], transforms: [2, 8] }, attrs: transform },
  { kernel: tf.Transform, inputs: { image: [3, 4, 4, 1], transforms: [1, 6] }, attrs: transform },
  {
    kernel: tf.Transform,
    inputs: { image: [3, 4, 4, 1], transforms: [1, 8] },
    attrs: { ...transform, fillMode: 'mirror' },
  },
  {
    kernel: tf.RotateWithOffset,
    inputs: { image: [4, 4] },
    attrs: { radians: 1, fillValue: 0, center: 0.5 },
  },
  { kernel: tf.FlipLeftRight, inputs: { image: [4, 4] } },
  { kernel: tf.NonMaxSuppressionV3, inputs: { boxes: [2, 3], scores: [2] }, attrs: nms },
  { kernel: tf.NonMaxSuppressionV3, inputs: { boxes: [2, 4], scores: [200] }, attrs: nms },
  { kernel: tf.SpaceToBatchND, inputs: { x: [1, 3, 4, 1] }, attrs: { blockShape: [2, 2], paddings: [[0, 0], [0, 0]] } }, // prettier-ignore
  { kernel: tf.SpaceToBatchND, inputs: { x: [1] }, attrs: { blockShape: [2], paddings: [[0, 0]] } },
  { kernel: tf.SpaceToBatchND, inputs: { x: [1, 4] }, attrs: { blockShape: [0], paddings: [[0, 0]] } },
  { kernel: tf.SpaceToBatchND, inputs: { x: [1, 4] }, attrs: { blockShape: [2], paddings: [] } },
  { kernel: tf.BatchToSpaceND, inputs: { x: [3, 4] }, attrs: { blockShape: [2], crops: [[0, 0]] } },
  { kernel: tf.BatchToSpaceND, inputs: { x: [4, 4] }, attrs: { blockShape: [2], crops: [[9, 0]] } },
  { kernel: tf.DepthToSpace, inputs: { x: [1, 2, 2, 3] }, attrs: { blockSize: 2, dataFormat: 'NHWC' } },
  { kernel: tf.DepthToSpace, inputs: { x: [1, 2, 2, 4] }, attrs: { blockSize: 0, dataFormat: 'NHWC' } },
  { kernel: tf.UnsortedSegmentSum, inputs: { x: [4, 2], segmentIds: [4096] }, attrs: { numSegments: 2 } },
  { kernel: tf.UnsortedSegmentSum, inputs: { x: [], segmentIds: [1] }, attrs: { numSegments: 2 } },
  {
    kernel: tf.ResizeBilinear,
    inputs: { images: [4, 4] },
    attrs: { size: [8, 8], alignCorners: false, halfPixelCenters: false },
  },
  {
    kernel: tf.ResizeNearestNeighborGrad,
    inputs: { images: [4, 4], dy: [8] },
    attrs: { alignCorners: false },
  },
  {
    kernel: tf._FusedMatMul,
    inputs: { a: [1, 4], b: [4, 2], bias: [9, 2] },
    attrs: { transposeA: false, transposeB: false, activation: 'linear' },
  },
];

// May succeed or be refused; must not end the process.
const empty: Case[] = [
  ...[
    [0, 4, 4, 4],
    [8, 0, 4, 4],
    [8, 4, 0, 4],
    [8, 4, 4, 0],
    [8, 0, 0, 0],
  ].flatMap((x): Case[] => {
    const dy = [...x.slice(0, 3), 16];
    const filter = [3, 3, x[3] ?? 0, 16];
    return [
      { kernel: tf.Conv2D, inputs: { x, filter }, attrs: conv },
      { kernel: tf.Conv2DBackpropInput, inputs: { dy, filter }, attrs: { ...conv, inputShape: x } },
      { kernel: tf.Conv2DBackpropFilter, inputs: { x, dy }, attrs: { ...conv, filterShape: filter } },
      {
        kernel: tf.Conv2DBackpropInput,
        inputs: { dy, filter: [1, 1, x[3] ?? 0, 16] },
        attrs: { ...conv, pad: 0, inputShape: x },
      },
      { kernel: tf.DepthwiseConv2dNative, inputs: { x, filter: [3, 3, x[3] ?? 0, 1] }, attrs: conv },
      { kernel: tf.MaxPool, inputs: { x }, attrs: pool },
      { kernel: tf.AvgPool, inputs: { x }, attrs: pool },
      { kernel: k.TESSERA_BATCH_NORM_TRAIN, inputs: { x, gamma: [x[3] ?? 0], beta: [x[3] ?? 0] }, attrs: bn },
      {
        kernel: k.TESSERA_BATCH_NORM_TRAIN_GRAD,
        inputs: { dy: x, x, y: x, gamma: [x[3] ?? 0], mean: [x[3] ?? 0], variance: [x[3] ?? 0] },
        attrs: grad,
      },
      { kernel: k.TESSERA_RELU_GRAD, inputs: { dy: x, y: x } },
      { kernel: k.TESSERA_ADD_RELU, inputs: { a: x, b: x } },
      { kernel: k.TESSERA_GLOBAL_AVG_POOL, inputs: { x } },
      { kernel: k.TESSERA_GLOBAL_AVG_POOL_GRAD, inputs: { dy: [x[0] ?? 0, x[3] ?? 0], x } },
      { kernel: k.TESSERA_L2_NORMALIZE, inputs: { x }, attrs: { epsilon: 1e-12 } },
      { kernel: k.TESSERA_SGD_UPDATE, inputs: { w0: x, g0: x, m0: x }, attrs: sgd },
    ];
  }),
  ...[
    [0, 4, 4, 4, 4],
    [2, 0, 4, 4, 4],
    [2, 4, 4, 0, 4],
    [2, 4, 4, 4, 0],
  ].flatMap((x): Case[] => {
    const filter = [3, 3, 3, x[4] ?? 0, 5];
    const dy = [...x.slice(0, 4), 5];
    const pooled = x.map((size, axis) => (axis === 0 || axis === 4 ? size : size / 2));
    return [
      { kernel: tf.Conv3D, inputs: { x, filter }, attrs: volume },
      { kernel: tf.Conv3DBackpropInputV2, inputs: { dy, filter }, attrs: { ...volume, inputShape: x } },
      { kernel: tf.Conv3DBackpropFilterV2, inputs: { x, dy }, attrs: { ...volume, filterShape: filter } },
      { kernel: tf.MaxPool3D, inputs: { x }, attrs: pool3d },
      { kernel: tf.AvgPool3D, inputs: { x }, attrs: pool3d },
      { kernel: tf.MaxPool3DGrad, inputs: { dy: pooled, input: x }, attrs: pool3d },
      { kernel: tf.AvgPool3DGrad, inputs: { dy: pooled, input: x }, attrs: pool3d },
    ];
  }),
  ...[
    [0, 4, 4, 3],
    [2, 0, 4, 3],
    [2, 4, 0, 3],
    [2, 4, 4, 0],
  ].flatMap((x): Case[] => {
    const filter = [2, 2, x[3] ?? 0];
    return [
      { kernel: tf.MaxPoolWithArgmax, inputs: { x }, attrs: { ...pool, includeBatchInIndex: true } },
      { kernel: tf.LRN, inputs: { x }, attrs: lrn },
      { kernel: tf.LRNGrad, inputs: { x, y: x, dy: x }, attrs: lrn },
      { kernel: tf.Dilation2D, inputs: { x, filter }, attrs: { ...dilation, pad: 'same' } },
      { kernel: tf.Dilation2DBackpropInput, inputs: { x, filter, dy: x }, attrs: { ...dilation, pad: 'same' } },
      { kernel: tf.Dilation2DBackpropFilter, inputs: { x, filter, dy: x }, attrs: { ...dilation, pad: 'same' } },
      { kernel: tf.CropAndResize, inputs: { image: x, boxes: [1, 4], boxInd: [1] }, attrs: crop },
      { kernel: tf.CropAndResize, inputs: { image: x, boxes: [0, 4], boxInd: [0] }, attrs: crop },
      { kernel: tf.Transform, inputs: { image: x, transforms: [1, 8] }, attrs: transform },
      { kernel: tf.RotateWithOffset, inputs: { image: x }, attrs: { radians: 1, fillValue: [1, 2, 3], center: 0.5 } },
      { kernel: tf.FlipLeftRight, inputs: { image: x } },
      { kernel: tf.DepthToSpace, inputs: { x }, attrs: { blockSize: 1, dataFormat: 'NCHW' } },
      { kernel: tf.SpaceToBatchND, inputs: { x }, attrs: { blockShape: [2], paddings: [[1, 1]] } },
      { kernel: tf.BatchToSpaceND, inputs: { x }, attrs: { blockShape: [2], crops: [[0, 0]] } },
    ];
  }),
  { kernel: tf.NonMaxSuppressionV3, inputs: { boxes: [0, 4], scores: [0] }, attrs: nms },
  { kernel: tf.Conv2D, inputs: { x: [8, 4, 4, 4], filter: [3, 3, 4, 0] }, attrs: conv },
  { kernel: tf.Conv2D, inputs: { x: [8, 4, 4, 4], filter: [0, 0, 4, 16] }, attrs: conv },
];

function tensorsOf({ inputs }: Case, backend: TorchBackend, precision: Precision): Record<string, tf.Tensor> {
  const { native } = backend;
  const make = (name: string, shape: number[]): tf.Tensor => {
    if (name === 'segmentIds') return tf.zeros(shape, 'int32');
    const handle = native.full(
      shape,
      1,
      precision === 'bf16' ? NATIVE_DTYPE.bfloat16 : NATIVE_DTYPE.float32,
      CPU_DEVICE,
    );
    return tf.engine().makeTensorFromTensorInfo(backend.give(handle, shape, 'float32'));
  };
  return Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, make(name, shape)]));
}

const coded = (): unknown =>
  expect.objectContaining({ name: 'TorchBackendError', code: expect.stringMatching(/^TORCH_/) as unknown });

describe.skipIf(!status.available)(`misuse is an error with a code${suffix}`, () => {
  beforeAll(useTorch);

  // In the bfloat16 run the tensors are physically bfloat16 too, as a network's activations are.
  async function scoped(precision: Precision, test: Case, check: (run: () => unknown) => void): Promise<void> {
    const backend = await useTorch();
    const before = [tf.memory().numTensors, (backend.flush(), backend.native.live())];
    tf.tidy(() => {
      const tensors = tensorsOf(test, backend, precision);
      backend.precision = precision;
      try {
        check(() => runKernel(test.kernel, tensors, test.attrs));
      } finally {
        backend.precision = 'f32';
      }
    });
    backend.flush();
    expect([tf.memory().numTensors, backend.native.live()]).toEqual(before);
  }

  describe.each<Precision>(['f32', 'bf16'])('%s', (precision) => {
    it.each(wrong)('shapes that do not fit: $kernel $inputs', async (test) => {
      await scoped(precision, test, (run) => {
        expect(run).toThrow(coded());
      });
    });

    it.each(empty)('tensors without elements: $kernel $inputs', async (test) => {
      await scoped(precision, test, (run) => {
        try {
          run();
        } catch (error) {
          expect(error).toEqual(coded());
        }
      });
    });

    it('a transposed convolution of another batch names both shapes', async () => {
      const backend = await useTorch();
      tf.tidy(() => {
        const [x, filter] = [tf.ones<tf.Rank.R4>([8, 4, 4, 16]), tf.ones<tf.Rank.R4>([3, 3, 4, 16])];
        backend.precision = precision;
        const run = (): unknown => tf.conv2dTranspose(x, filter, [2048, 4, 4, 4], 1, 'same');
        expect(run).toThrow(/\[8,4,4,16\], expected \[2048,4,4,16\]/);
        backend.precision = 'f32';
      });
    });
  });

  it.each(wrong.slice(0, 1).concat(wrong.filter((c) => c.kernel.startsWith('Tessera'))))(
    'a disposed tensor: $kernel $inputs',
    async (test) => {
      const backend = await useTorch();
      await scoped('f32', test, () => {
        const tensors = tensorsOf(test, backend, 'f32');
        for (const t of Object.values(tensors)) t.dispose();
        expect(() => runKernel(test.kernel, tensors, test.attrs)).toThrow(coded());
      });
    },
  );

  it('a negative size beside one of 0', () => {
    tf.tidy(() => {
      const attrs = { shape: [-(2 ** 53), 0], inputShape: [0] };
      expect(() => runKernel(tf.BroadcastTo, { x: tf.zeros([0]) }, attrs)).toThrow(coded());
    });
  });

  it('a shape that is no list', () => {
    tf.tidy(() => {
      expect(() => runKernel(tf.Reshape, { x: tf.scalar(1) }, { shape: '' })).toThrow(coded());
    });
  });

  it('a shape of no size that can be counted, for strings', () => {
    expect(() => tf.tensor([], [0, 2 ** 62], 'string')).toThrow(coded());
  });

  it('strings that a kernel made before it failed are disposed of', async () => {
    const backend = await useTorch();
    tf.tidy(() => {
      const inputs = { data: tf.tensor([], [0], 'string'), dataSplits: tf.complex([0], [0]) };
      const attrs = {
        separator: '|',
        nGramWidths: [1],
        leftPad: '',
        rightPad: '',
        padWidth: -1,
        preserveShortSequences: true,
      };
      const before = backend.numDataIds();
      expect(() => runKernel(tf.StringNGrams, inputs, attrs)).toThrow(coded());
      expect(backend.numDataIds()).toBe(before);
    });
  });

  it('an update with one bad variable changes none', () => {
    tf.tidy(() => {
      const w = tf.ones([4]);
      const inputs = { w0: w, g0: tf.ones([4]), w1: tf.ones([4]), g1: tf.ones([5]) };
      const attrs = { ...sgd, count: 2, momentum: 0, weightDecay: [0, 0] };
      expect(() => runKernel(k.TESSERA_SGD_UPDATE, inputs, attrs)).toThrow(coded());
      expect(Array.from(w.dataSync())).toEqual([1, 1, 1, 1]);
    });
  });

  it('the addon itself refuses what JavaScript would not have let through', async () => {
    const { native } = await useTorch();
    const make = (shape: number[]): number => native.full(shape, 1, NATIVE_DTYPE.float32, CPU_DEVICE);
    const [dy, filter, x, flat] = [make([8, 4, 4, 16]), make([3, 3, 4, 16]), make([2048, 4, 4, 4]), make([4])];
    const pooled = make([1, 2, 2, 4]);
    const bad = expect.objectContaining({ code: 'TORCH_BAD_ARGUMENT' }) as unknown;
    const attempts: (() => unknown)[] = [false, true].flatMap((half) => [
      () => native.convInputGrad(dy, filter, [2048, 4, 4, 4], [1, 1], [1, 1], [1, 1, 1, 1], half, false),
      () => native.convInputGrad(dy, filter, [8, 4], [1, 1], [1, 1], [1, 1, 1, 1], half, false),
      () => native.convInputGrad(dy, filter, [8, 4, 4, 4], [0, 0], [1, 1], [1, 1, 1, 1], half, false),
      () => native.convInputGrad(dy, filter, [8, 4, 4, 4], [1, 1], [1, 1], [1], half, false),
      () => native.convFilterGrad(x, dy, [3, 3, 4, 16], [1, 1], [1, 1], [1, 1, 1, 1], half, false),
    ]);
    attempts.push(
      () => native.maxPoolGrad(pooled, x, [2, 2], [2, 2], [0, 0, 0, 0]),
      () => native.avgPoolGrad(pooled, x, [2, 2], [2, 2], [0, 0, 0, 0]),
      () => native.avgPool(x, [2], [2], [0]),
      () => native.interpolate(flat, 7, [0], [0], [0]),
      () => native.takeGrad(flat, -3, [0], 4),
      () => native.cumulative(flat, 3, true, false, false),
      () => native.slice(x, [0, 0], [1]),
      () => native.stridedSlice(x, [0, 0], [1, 1], [1]),
      () => native.fromMemory(new Float32Array(0), [2 ** 32, 2 ** 32], 0, -1),
      () => native.fromMemory(new Float32Array(4), [-2, -2], 0, -1),
      () => native.fromMemory(new Float32Array(4), [5], 0, -1),
      () => native.fromMemory(new Float32Array(4), [NaN], 0, -1),
      () => {
        native.read(flat, new Float32Array(5));
      },
      () => native.arithmetic(0, 1, Infinity, 0, -1),
    );
    const live = native.live();
    for (const attempt of attempts) expect(attempt).toThrow(bad);
    expect(native.live()).toBe(live);
    native.release([dy, filter, x, flat, pooled]);
  });
});
