import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';

/** One operation on inputs that are the same in every process. */
export interface Case {
  readonly name: string;
  readonly inputs: () => Tensor[];
  readonly run: (...inputs: Tensor[]) => Tensor | Tensor[];
  /** Bends too much, or has kinks too near, for finite differences in float32. */
  readonly rough?: boolean;
}

const normal = (shape: number[], seed = 1): Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);
/** In [1, 2): safe for logarithms, roots and quotients. */
const positive = (shape: number[], seed = 1): Tensor => tf.randomUniform(shape, 1, 2, 'float32', seed);
/** Distinct multiples of 0.25, never 0, in a scrambled order: no kink or tie within a finite difference. */
const spread = (shape: number[]): Tensor => {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => (((i * 7919) % size) - size / 2 + 0.5) * 0.25),
    shape,
  );
};
const integers = (...values: number[]): Tensor1D => tf.tensor1d(values, 'int32');

type Unary = (x: Tensor) => Tensor;
const unary = (name: string, run: Unary, inputs: () => Tensor = () => normal([2, 3, 4])): Case => ({
  name,
  inputs: () => [inputs()],
  run,
});
type Binary = (a: Tensor, b: Tensor) => Tensor;
const binary = (name: string, run: Binary, a: () => Tensor, b: () => Tensor): Case => ({
  name,
  inputs: () => [a(), b()],
  run,
});

/** Arithmetic with every kind of broadcasting that layers and losses use. */
const broadcasting = (name: string, run: Binary): Case[] => [
  binary(
    name,
    run,
    () => normal([2, 3, 4]),
    () => positive([2, 3, 4], 2),
  ),
  binary(
    `${name} [B, C] [C]`,
    run,
    () => normal([3, 4]),
    () => positive([4], 2),
  ),
  binary(
    `${name} [B, C] [B, 1]`,
    run,
    () => normal([3, 4]),
    () => positive([3, 1], 2),
  ),
  binary(
    `${name} [B, 1] [1, C]`,
    run,
    () => normal([3, 1]),
    () => positive([1, 4], 2),
  ),
  binary(
    `${name} scalar`,
    run,
    () => normal([3, 4]),
    () => positive([], 2),
  ),
];

const reduction = (name: string, run: (x: Tensor, axis?: number | number[], keepDims?: boolean) => Tensor): Case[] => [
  unary(
    name,
    (x) => run(x),
    () => spread([2, 3, 4]),
  ),
  unary(
    `${name} over rows`,
    (x) => run(x, 0),
    () => spread([5, 4]),
  ),
  unary(
    `${name} over columns`,
    (x) => run(x, 1, true),
    () => spread([5, 4]),
  ),
  unary(
    `${name} over pixels`,
    (x) => run(x, [1, 2]),
    () => spread([2, 3, 3, 2]),
  ),
  unary(
    `${name} over all but channels`,
    (x) => run(x, [0, 1, 2]),
    () => spread([2, 3, 3, 2]),
  ),
];

const convolution = (size: number, filter: number, stride: number, pad: number | 'same' | 'valid'): Case => ({
  name: `conv2d ${String(size)} by ${String(filter)}, stride ${String(stride)}, pad ${String(pad)}`,
  inputs: () => [normal([2, size, size, 3]), normal([filter, filter, 3, 4], 2)],
  run: (x, w) => tf.conv2d(x as Tensor4D, w as Tensor4D, stride, pad),
});

/** Kernels with a gradient: what encoders, heads, losses and probes are made of. */
export const differentiable: readonly Case[] = [
  ...broadcasting('add', tf.add),
  ...broadcasting('sub', tf.sub),
  ...broadcasting('mul', tf.mul),
  ...broadcasting('div', tf.div),
  binary(
    'maximum',
    tf.maximum,
    () => spread([3, 4]),
    () => tf.neg(spread([3, 4])),
  ),
  binary(
    'minimum',
    tf.minimum,
    () => spread([3, 4]),
    () => tf.neg(spread([3, 4])),
  ),
  binary(
    'squaredDifference',
    tf.squaredDifference,
    () => normal([3, 4]),
    () => normal([4], 2),
  ),
  unary(
    'pow',
    (x) => tf.pow(x, 3),
    () => positive([3, 4]),
  ),
  unary('neg', tf.neg),
  unary('abs', tf.abs, () => spread([3, 4])),
  unary('square', tf.square),
  unary('sqrt', tf.sqrt, () => positive([3, 4])),
  unary('rsqrt', tf.rsqrt, () => positive([3, 4])),
  unary('exp', tf.exp),
  unary('log', tf.log, () => positive([3, 4])),
  unary('log1p', tf.log1p, () => positive([3, 4])),
  unary('sigmoid', tf.sigmoid),
  unary('softplus', tf.softplus),
  unary('tanh', tf.tanh),
  unary('relu', tf.relu, () => spread([3, 4])),
  unary(
    'clipByValue',
    (x) => tf.clipByValue(x, -0.6, 0.6),
    () => spread([3, 4]),
  ),
  ...reduction('sum', tf.sum),
  ...reduction('mean', tf.mean),
  ...reduction('max', tf.max),
  ...reduction('min', tf.min),
  unary(
    'logSumExp',
    (x) => tf.logSumExp(x, 1),
    () => normal([3, 4]),
  ),
  unary(
    'softmax',
    (x) => tf.softmax(x),
    () => normal([3, 4]),
  ),
  unary(
    'logSoftmax',
    (x) => tf.logSoftmax(x),
    () => normal([3, 4]),
  ),
  unary(
    'norm',
    (x) => tf.norm(x, 'euclidean', 1),
    () => positive([3, 4]),
  ),
  unary(
    'moments',
    (x) => tf.moments(x, [0, 1, 2]).variance,
    () => normal([2, 3, 3, 2]),
  ),
  unary(
    'cumsum',
    (x) => tf.cumsum(x, 1),
    () => normal([3, 4]),
  ),
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB): Case => ({
      name: `matMul ${transposeA ? 'AT' : 'A'} ${transposeB ? 'BT' : 'B'}`,
      inputs: () => [normal(transposeA ? [4, 3] : [3, 4]), normal(transposeB ? [5, 4] : [4, 5], 2)],
      run: (a, b) => tf.matMul(a, b, transposeA, transposeB),
    })),
  ),
  {
    name: 'matMul in batches',
    inputs: () => [normal([2, 3, 4]), normal([2, 4, 5], 2)],
    run: (a, b) => tf.matMul(a, b),
  },
  convolution(6, 3, 1, 1),
  convolution(6, 3, 2, 1),
  convolution(7, 3, 2, 1),
  convolution(6, 1, 1, 0),
  convolution(6, 1, 2, 0),
  convolution(9, 7, 2, 3),
  convolution(6, 3, 1, 'same'),
  convolution(6, 3, 2, 'same'),
  convolution(6, 3, 1, 'valid'),
  unary(
    'maxPool 2',
    (x) => tf.maxPool(x as Tensor4D, 2, 2, 0),
    () => spread([2, 4, 4, 2]),
  ),
  unary(
    'maxPool 3, stride 2, pad 1',
    (x) => tf.maxPool(x as Tensor4D, 3, 2, 1),
    () => spread([2, 6, 6, 2]),
  ),
  unary(
    'maxPool after relu',
    (x) => tf.maxPool(tf.relu(x as Tensor4D), 3, 2, 1),
    () => spread([2, 6, 6, 2]),
  ),
  // Without padding: with it, tfjs's cpu and wasm divide by other counts going forward than going back.
  unary(
    'avgPool',
    (x) => tf.avgPool(x as Tensor4D, 2, 2, 0),
    () => normal([2, 4, 4, 2]),
  ),
  {
    name: 'batchNorm',
    inputs: () => [normal([2, 3, 3, 4]), normal([4], 2), positive([4], 3), normal([4], 4), positive([4], 5)],
    run: (x, mean, variance, offset, scale) => tf.batchNorm(x, mean, variance, offset, scale, 1e-5),
  },
  unary('reshape', (x) => tf.reshape(x, [4, 6])),
  unary('expandDims', (x) => tf.expandDims(x, 1)),
  unary(
    'squeeze',
    (x) => tf.squeeze(x),
    () => normal([2, 1, 3]),
  ),
  unary('transpose', (x) => tf.transpose(x, [2, 0, 1])),
  unary('reverse', (x) => tf.reverse(x, [0, 2])),
  unary('slice', (x) => tf.slice(x, [0, 1, 1], [2, 2, 2])),
  unary('pad', (x) =>
    tf.pad(x, [
      [0, 0],
      [1, 2],
      [0, 1],
    ]),
  ),
  unary('tile', (x) => tf.tile(x, [2, 1, 3])),
  unary(
    'broadcastTo',
    (x) => tf.broadcastTo(x, [2, 3, 4]),
    () => normal([2, 1, 4]),
  ),
  binary(
    'concat rows',
    (a, b) => tf.concat([a, b], 0),
    () => normal([2, 3]),
    () => normal([4, 3], 2),
  ),
  binary(
    'concat columns',
    (a, b) => tf.concat([a, b], 1),
    () => normal([2, 3]),
    () => normal([2, 4], 2),
  ),
  binary(
    'stack',
    (a, b) => tf.stack([a, b], 1),
    () => normal([2, 3]),
    () => normal([2, 3], 2),
  ),
  { name: 'split', inputs: () => [normal([4, 3])], run: (x) => tf.concat(tf.split(x, 2).toReversed(), 0) },
  { name: 'unstack', inputs: () => [normal([4, 3])], run: (x) => tf.addN(tf.unstack(x)) },
  unary(
    'gather',
    (x) => tf.gather(x, integers(2, 0, 2)),
    () => normal([3, 4]),
  ),
  binary(
    'where',
    (a, b) => tf.where(tf.greater(a, 0), a, b),
    () => spread([3, 4]),
    () => normal([3, 4], 2),
  ),
  unary('cast', (x) => tf.cast(x, 'float32')),
];

/** Kernels that nothing is differentiated through: metrics, evaluation, masks, integers. */
export const forwardOnly: readonly Case[] = [
  unary(
    'argMax',
    (x) => tf.argMax(x, 1),
    () => spread([4, 5]),
  ),
  unary(
    'argMin',
    (x) => tf.argMin(x, 1),
    () => spread([4, 5]),
  ),
  {
    name: 'topk',
    inputs: () => [spread([4, 6])],
    run: (x) => {
      const { values, indices } = tf.topk(x, 3);
      return [values, indices];
    },
  },
  unary(
    'oneHot',
    (x) => tf.oneHot(x, 4),
    () => integers(0, 3, 1),
  ),
  unary(
    'gather integers',
    (x) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [2, 0],
            [1, 1],
          ],
          [2, 2],
          'int32',
        ),
      ),
    () => integers(5, 6, 7),
  ),
  unary(
    'gather columns',
    (x) => tf.gather(x, integers(2, 0), 1),
    () => normal([3, 4]),
  ),
  unary('step', tf.step, () => spread([3, 4])),
  unary('sign', tf.sign, () => spread([3, 4])),
  unary('floor', tf.floor),
  unary('round', tf.round),
  unary('isNaN', tf.isNaN),
  unary('isFinite', tf.isFinite),
  unary('zerosLike', tf.zerosLike),
  unary('onesLike', tf.onesLike),
  unary(
    'to int32',
    (x) => tf.cast(x, 'int32'),
    () => spread([3, 4]),
  ),
  unary(
    'sum of int32',
    (x) => tf.sum(x),
    () => integers(1, 2, 3),
  ),
  unary(
    'mean of booleans',
    (x) => tf.mean(tf.cast(tf.greater(x, 0), 'float32')),
    () => spread([3, 4]),
  ),
  unary(
    'all',
    (x) => tf.all(tf.cast(x, 'bool')),
    () => integers(1, 1, 0),
  ),
  unary(
    'any',
    (x) => tf.any(tf.cast(x, 'bool')),
    () => integers(0, 1, 0),
  ),
  unary(
    'logicalNot',
    (x) => tf.logicalNot(tf.cast(x, 'bool')),
    () => integers(0, 1, 0),
  ),
  ...(['equal', 'notEqual', 'greater', 'greaterEqual', 'less', 'lessEqual'] as const).map((name) =>
    binary(
      name,
      tf[name],
      () => integers(1, 2, 3),
      () => integers(1, 3, 2),
    ),
  ),
  ...(['logicalAnd', 'logicalOr'] as const).map((name) =>
    binary(
      name,
      (a, b) => tf[name](tf.cast(a, 'bool'), tf.cast(b, 'bool')),
      () => integers(0, 0, 1, 1),
      () => integers(0, 1, 0, 1),
    ),
  ),
  { name: 'fill', inputs: () => [], run: () => tf.fill([2, 3], 1.5) },
  { name: 'zeros', inputs: () => [], run: () => [tf.zeros([2, 3]), tf.zeros([2], 'int32')] },
  { name: 'range', inputs: () => [], run: () => tf.range(1, 5, 1, 'int32') },
  { name: 'linspace', inputs: () => [], run: () => tf.linspace(0, 1, 5) },
  { name: 'eye', inputs: () => [], run: () => tf.eye(3) },
  unary(
    'stridedSlice',
    (x) => tf.stridedSlice(x, [0, 0], [4, 6], [2, 3]),
    () => normal([4, 6]),
  ),
  unary(
    'resizeBilinear',
    (x) => tf.image.resizeBilinear(x as Tensor3D, [5, 5]),
    () => normal([3, 4, 2]),
  ),
  unary(
    'bincount',
    (x) => tf.bincount(x as Tensor1D, tf.tensor1d([]), 4),
    () => integers(1, 3, 1),
  ),
  binary(
    'matMul of features',
    (a, b) => tf.matMul(a, b, false, true),
    () => normal([5, 8]),
    () => normal([7, 8], 2),
  ),
];
