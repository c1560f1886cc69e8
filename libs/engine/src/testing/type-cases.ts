import * as tf from '@tensorflow/tfjs-core';
import type { DataType, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Case } from './op-cases.ts';

/** Other types than float32, and values at the edge: where backends that agree on ordinary numbers do not. */
const make = (name: string, run: () => Tensor | Tensor[]): Case => ({ name, inputs: () => [], run });

const integers = (): Tensor =>
  tf.tensor2d(
    [
      [3, -1, 0],
      [7, 2, -5],
    ],
    [2, 3],
    'int32',
  );
const booleans = (): Tensor =>
  tf.tensor2d(
    [
      [1, 0, 1],
      [0, 0, 1],
    ],
    [2, 3],
    'bool',
  );
const floats = (): Tensor =>
  tf.tensor2d(
    [
      [3.5, -1.5, 0],
      [7.25, 2.5, -5],
    ],
    [2, 3],
  );
const negative = (shape: number[]): Tensor => tf.sub(tf.randomUniform(shape, 0, 1, 'float32', 3), 2);
const extreme = (): Tensor =>
  tf.tensor2d(
    [
      [-Infinity, 1, Infinity],
      [-1e9, 80, -80],
    ],
    [2, 3],
  );

const sources: readonly [string, () => Tensor][] = [
  ['int32', integers],
  ['bool', booleans],
];

const types: readonly DataType[] = ['float32', 'int32', 'bool'];

export const typeCases: readonly Case[] = [
  ...types.map((dtype) =>
    make(`oneHot to ${dtype}`, () => tf.oneHot(tf.tensor1d([2, 0, -1, 5], 'int32'), 3, 1, 0, dtype)),
  ),
  make('oneHot with its own values', () => tf.oneHot(tf.tensor1d([2, 0], 'int32'), 3, 0.75, 0.125, 'float32')),
  ...types.flatMap((dtype) => [
    make(`fill of ${dtype}`, () => [tf.ones([2, 2], dtype), tf.zeros([3], dtype), tf.fill([2], 1, dtype)]),
    make(`casts to ${dtype}`, () => [floats(), integers(), booleans()].map((x) => tf.cast(x, dtype))),
  ]),
  make('range of float32', () => tf.range(0, 1, 0.25)),
  make('fill of negative int32', () => tf.fill([3], -7, 'int32')),
  ...sources.flatMap(([type, x]) => [
    make(`sum of ${type}`, () => [tf.sum(x()), tf.sum(x(), 0), tf.sum(x(), 1, true)]),
    make(`mean of ${type}`, () => [tf.mean(x()), tf.mean(x(), 0)]),
    make(`slice of ${type}`, () => tf.slice(x(), [0, 1], [2, 2])),
    make(`concat of ${type}`, () => [tf.concat([x(), x()], 0), tf.concat([x(), x()], 1)]),
    make(`stack of ${type}`, () => tf.stack([x(), x()])),
    make(`tile of ${type}`, () => tf.tile(x(), [2, 2])),
    make(`transpose of ${type}`, () => tf.transpose(x())),
    make(`reverse of ${type}`, () => tf.reverse(x(), 1)),
    make(`gather of ${type}`, () => tf.gather(x(), tf.tensor1d([1, 0, 1], 'int32'))),
    make(`reshape of ${type}`, () => tf.reshape(x(), [3, 2])),
    make(`pad of ${type}`, () =>
      tf.pad(x(), [
        [1, 0],
        [0, 2],
      ]),
    ),
    make(`split of ${type}`, () => [...tf.split(x(), 3, 1), ...tf.unstack(x())]),
    make(`stridedSlice of ${type}`, () => tf.stridedSlice(x(), [0, 0], [2, 3], [1, 2])),
    make(`broadcastTo of ${type}`, () => tf.broadcastTo(x(), [2, 2, 3])),
    make(`gatherND of ${type}`, () =>
      tf.gatherND(
        x(),
        tf.tensor2d(
          [
            [0, 1],
            [1, 2],
          ],
          [2, 2],
          'int32',
        ),
      ),
    ),
    make(`max of ${type}`, () => [tf.max(x()), tf.max(x(), 0), tf.min(x(), 1)]),
    make(`cumsum of ${type}`, () => tf.cumsum(tf.cast(x(), 'int32'), 1)),
    make(`onesLike of ${type}`, () => [tf.onesLike(x()), tf.zerosLike(x())]),
    make(`where of ${type}`, () => tf.where(booleans(), x(), tf.zerosLike(x()))),
    make(`float32 times ${type}`, () => [tf.mul(floats(), x()), tf.add(x(), 0.5), tf.sub(1, tf.cast(x(), 'float32'))]),
    make(`equal of ${type}`, () => [
      tf.equal(x(), tf.transpose(tf.transpose(x()))),
      tf.notEqual(x(), tf.zerosLike(x())),
    ]),
  ]),
  make('arithmetic of int32', () => [
    tf.add(integers(), integers()),
    tf.sub(integers(), tf.scalar(1, 'int32')),
    tf.mul(integers(), integers()),
    tf.neg(integers()),
    tf.maximum(integers(), tf.scalar(1, 'int32')),
    tf.minimum(integers(), tf.scalar(1, 'int32')),
    tf.abs(integers()),
    tf.floorDiv(integers(), tf.scalar(2, 'int32')),
    tf.mod(tf.abs(integers()), tf.scalar(3, 'int32')),
  ]),
  make('max of int32', () => [tf.max(integers()), tf.max(integers(), 0), tf.min(integers(), 1)]),
  make('argMax of int32', () => [tf.argMax(integers(), 1), tf.argMin(integers(), 0)]),
  make('topk of int32', () => Object.values(tf.topk(integers(), 2))),
  make('pad of int32', () =>
    tf.pad(
      integers(),
      [
        [0, 1],
        [1, 0],
      ],
      -3,
    ),
  ),
  make('comparisons of float32', () => [tf.greater(floats(), 0), tf.lessEqual(floats(), 2.5), tf.equal(floats(), 3.5)]),
  make('where, broadcast', () => tf.where(tf.tensor2d([[1], [0]], [2, 1], 'bool'), floats(), tf.scalar(9))),
  make('max of negative numbers', () => [
    tf.max(negative([3, 4]), 1),
    tf.max(negative([3, 4]), 0),
    tf.max(negative([3, 4])),
  ]),
  make('argMax of negative numbers', () => tf.argMax(negative([3, 4]), 1)),
  make('topk of negative numbers', () => Object.values(tf.topk(negative([3, 7]), 3))),
  make('maxPool of negative numbers', () => tf.maxPool(negative([2, 6, 6, 2]) as Tensor4D, 3, 2, 1)),
  make('avgPool with padding', () => tf.avgPool(negative([2, 6, 6, 2]) as Tensor4D, 3, 2, 1)),
  make('softmax of extremes', () => [
    tf.softmax(tf.clipByValue(extreme(), -1e9, 1e3)),
    tf.logSoftmax(tf.clipByValue(extreme(), -1e9, 1e3)),
  ]),
  make('logSumExp of masked rows', () =>
    tf.logSumExp(
      tf.tensor2d([
        [-1e9, 2, 3],
        [-1e9, -1e9, 1],
      ]),
      1,
    ),
  ),
  make('exp of extremes', () => tf.exp(tf.minimum(extreme(), 10))),
  make('softplus of extremes', () => tf.softplus(tf.clipByValue(extreme(), -100, 100))),
  make('sigmoid of extremes', () => tf.sigmoid(extreme())),
  make('relu and step at zero', () => [tf.relu(floats()), tf.step(floats()), tf.sign(floats())]),
  make('round half to even', () => tf.round(tf.tensor1d([0.5, 1.5, 2.5, -0.5, -1.5]))),
  make('isNaN', () => tf.isNaN(tf.tensor1d([NaN, 1, Infinity]))),
  make('sqrt and rsqrt near zero', () => [
    tf.sqrt(tf.tensor1d([0, 1e-20])),
    tf.mul(tf.rsqrt(tf.tensor1d([1e-12])), 1e-6),
  ]),
  make('batchNorm without scale and offset', () => {
    const mean = tf.tensor1d([0.5, -0.5]);
    return tf.batchNorm(negative([3, 2]), mean, tf.tensor1d([1, 2]), undefined, undefined, 1e-3);
  }),
  make('empty tensors', () => [tf.concat([tf.zeros([0, 3]), floats()], 0), tf.sum(tf.zeros([0, 3]), 0)]),
  make('scalars', () => [tf.add(tf.scalar(1), tf.scalar(2)), tf.reshape(tf.scalar(3), [1]), tf.sum(tf.scalar(4))]),
  make('prod and cumprod', () => [
    tf.prod(floats(), 1),
    tf.cumsum(floats(), 0, true),
    tf.cumsum(floats(), 1, false, true),
  ]),
  make('bincount with weights', () => tf.bincount(tf.tensor1d([1, 3, 1], 'int32'), tf.tensor1d([0.5, 1, 2]), 4)),
  make('gatherND and scatterND', () => [
    tf.gatherND(
      floats(),
      tf.tensor2d(
        [
          [0, 1],
          [1, 2],
        ],
        [2, 2],
        'int32',
      ),
    ),
    tf.scatterND(tf.tensor2d([[1], [3]], [2, 1], 'int32'), tf.tensor1d([5, 6]), [5]),
  ]),
];
