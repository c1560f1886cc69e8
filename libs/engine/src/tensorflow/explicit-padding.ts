/**
 * tfjs-node refuses padding in numbers for everything but `[[0,0],[1,1],..]` in a forward convolution, and the encoders need it: torch pads
 * 3x3 convolutions by one pixel on each side, which at stride 2 is not what `same` does. libtensorflow itself can do it everywhere.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { extendKernels, type KernelExtension } from './extend-kernels.ts';

/** One attribute of a TensorFlow op, as tfjs-node's addon takes it. */
interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What is used of tfjs-node's backend. */
interface TfjsNodeBackend {
  readonly binding: Readonly<
    Record<'TF_ATTR_TYPE' | 'TF_ATTR_INT' | 'TF_ATTR_STRING' | 'TF_ATTR_BOOL' | 'TF_FLOAT', number>
  >;
  executeSingleOutput(op: string, attributes: OpAttribute[], inputs: readonly TensorInfo[]): Tensor;
}

/** Rows of [before, after] for N, H, W, C. */
type Paddings = [[number, number], [number, number], [number, number], [number, number]];

type Geometry = ReturnType<typeof tf.backend_util.computeConv2DInfo>;

/** Forward convolutions take the padding of four sides already: only the number has to be written out. */
const spelledOut: KernelExtension = (original) => (params) => {
  const pad = params.attrs?.['pad'];
  if (typeof pad !== 'number') return original(params);
  const paddings: Paddings = [
    [0, 0],
    [pad, pad],
    [pad, pad],
    [0, 0],
  ];
  return original({ ...params, attrs: { ...params.attrs, pad: paddings } });
};

const filterGradient: KernelExtension = (original) => (params) => {
  const { x, dy } = params.inputs as { x: TensorInfo; dy: TensorInfo };
  const attrs = params.attrs ?? {};
  const geometry = paddedConvolution(x.shape, attrs['filterShape'] as number[], attrs);
  if (!geometry) return original(params);
  const backend = params.backend as TfjsNodeBackend;
  return withShape(geometry.filterShape, (shape) =>
    backend.executeSingleOutput('Conv2DBackpropFilter', convolutionAttributes(backend, geometry), [x, shape, dy]),
  );
};

const inputGradient: KernelExtension = (original) => (params) => {
  const { dy, filter } = params.inputs as { dy: TensorInfo; filter: TensorInfo };
  const attrs = params.attrs ?? {};
  const geometry = paddedConvolution(attrs['inputShape'] as number[], filter.shape, attrs);
  if (!geometry) return original(params);
  const backend = params.backend as TfjsNodeBackend;
  return withShape(geometry.inShape, (shape) =>
    backend.executeSingleOutput('Conv2DBackpropInput', convolutionAttributes(backend, geometry), [shape, filter, dy]),
  );
};

const pooling: KernelExtension = (original) => (params) => {
  const { x } = params.inputs as { x: TensorInfo };
  const geometry = paddedPooling(x, params.attrs ?? {});
  if (!geometry) return original(params);
  const backend = params.backend as TfjsNodeBackend;
  return backend.executeSingleOutput('MaxPool', poolingAttributes(backend, geometry), [x]);
};

const poolingGradient: KernelExtension = (original) => (params) => {
  const { dy, input, output } = params.inputs as { dy: TensorInfo; input: TensorInfo; output: TensorInfo };
  const geometry = paddedPooling(input, params.attrs ?? {});
  if (!geometry) return original(params);
  const backend = params.backend as TfjsNodeBackend;
  return backend.executeSingleOutput('MaxPoolGrad', poolingAttributes(backend, geometry), [input, output, dy]);
};

const extensions: Readonly<Record<string, KernelExtension>> = {
  [tf.Conv2D]: spelledOut,
  [tf.FusedConv2D]: spelledOut,
  [tf.Conv2DBackpropFilter]: filterGradient,
  [tf.Conv2DBackpropInput]: inputGradient,
  [tf.MaxPool]: pooling,
  [tf.MaxPoolGrad]: poolingGradient,
};

/** Teaches the loaded tfjs-node padding in numbers. Idempotent. */
export function registerExplicitPadding(): void {
  extendKernels(extensions);
}

/** Undefined unless the layout is NHWC and the padding in numbers. */
function paddedConvolution(inShape: number[], filterShape: number[], attrs: NamedAttrMap): Geometry | undefined {
  if (attrs['dataFormat'] === 'NCHW') return undefined;
  const geometry = tf.backend_util.computeConv2DInfo(
    inShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attrs['strides'] as number | [number, number],
    1,
    attrs['pad'] as number,
    attrs['dimRoundingMode'] as 'floor' | undefined,
  );
  return inNumbers(geometry) ? geometry : undefined;
}

function paddedPooling(x: TensorInfo, attrs: NamedAttrMap): Geometry | undefined {
  const geometry = tf.backend_util.computePool2DInfo(
    x.shape as [number, number, number, number],
    attrs['filterSize'] as number | [number, number],
    attrs['strides'] as number | [number, number],
    1,
    attrs['pad'] as number,
    attrs['dimRoundingMode'] as 'floor' | undefined,
  );
  return inNumbers(geometry) ? geometry : undefined;
}

function inNumbers({ padInfo }: Geometry): boolean {
  return padInfo.type === 'NUMBER' || padInfo.type === 'EXPLICIT';
}

function windowAttributes({ binding }: TfjsNodeBackend, geometry: Geometry): OpAttribute[] {
  const { top, bottom, left, right } = geometry.padInfo;
  return [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'strides', type: binding.TF_ATTR_INT, value: [1, geometry.strideHeight, geometry.strideWidth, 1] },
    { name: 'padding', type: binding.TF_ATTR_STRING, value: 'EXPLICIT' },
    { name: 'explicit_paddings', type: binding.TF_ATTR_INT, value: [0, 0, top, bottom, left, right, 0, 0] },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
  ];
}

function convolutionAttributes(backend: TfjsNodeBackend, geometry: Geometry): OpAttribute[] {
  const { binding } = backend;
  return [
    ...windowAttributes(backend, geometry),
    { name: 'use_cudnn_on_gpu', type: binding.TF_ATTR_BOOL, value: true },
    { name: 'dilations', type: binding.TF_ATTR_INT, value: [1, 1, 1, 1] },
  ];
}

function poolingAttributes(backend: TfjsNodeBackend, geometry: Geometry): OpAttribute[] {
  const size = [1, geometry.filterHeight, geometry.filterWidth, 1];
  return [...windowAttributes(backend, geometry), { name: 'ksize', type: backend.binding.TF_ATTR_INT, value: size }];
}

/** The gradients of a convolution take the shape of their result as a tensor. */
function withShape(shape: number[], run: (shape: Tensor) => Tensor): Tensor {
  const tensor = tf.tensor1d(shape, 'int32');
  try {
    return run(tensor);
  } finally {
    tensor.dispose();
  }
}
