import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSame, integers, runKernel, status, suffix, uniform, useTorch } from '../testing/compare.ts';

const unaryOps: [string, (x: tf.Tensor) => tf.Tensor, number?, number?][] = [
  ['abs', tf.abs],
  ['neg', tf.neg],
  ['exp', tf.exp],
  ['expm1', tf.expm1],
  ['log', tf.log, 0.01, 4],
  ['log1p', tf.log1p, -0.9, 4],
  ['sqrt', tf.sqrt, 0, 4],
  ['rsqrt', tf.rsqrt, 0.1, 4],
  ['square', tf.square],
  ['sign', tf.sign],
  ['floor', tf.floor],
  ['ceil', tf.ceil],
  ['round', tf.round],
  ['reciprocal', tf.reciprocal, 0.1, 3],
  ['relu', tf.relu],
  ['relu6', tf.relu6, -3, 9],
  ['leakyRelu', tf.leakyRelu],
  ['elu', tf.elu],
  ['selu', tf.selu],
  ['sigmoid', tf.sigmoid],
  ['softplus', tf.softplus, -30, 30],
  ['tanh', tf.tanh],
  ['sin', tf.sin],
  ['cos', tf.cos],
  ['tan', tf.tan, -1, 1],
  ['asin', tf.asin, -1, 1],
  ['acos', tf.acos, -1, 1],
  ['atan', tf.atan],
  ['sinh', tf.sinh],
  ['cosh', tf.cosh],
  ['asinh', tf.asinh],
  ['acosh', tf.acosh, 1, 4],
  ['atanh', tf.atanh, -0.9, 0.9],
  ['erf', tf.erf],
  ['step', tf.step],
  ['clip', (x) => tf.clipByValue(x, -0.5, 1)],
];

const binaryOps: [string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor][] = [
  ['add', tf.add],
  ['sub', tf.sub],
  ['mul', tf.mul],
  ['div', tf.div],
  ['maximum', tf.maximum],
  ['minimum', tf.minimum],
  ['squaredDifference', tf.squaredDifference],
  ['floorDiv', tf.floorDiv],
  ['mod', tf.mod],
];
const comparisons: typeof binaryOps = [
  ['equal', tf.equal],
  ['notEqual', tf.notEqual],
  ['greater', tf.greater],
  ['greaterEqual', tf.greaterEqual],
  ['less', tf.less],
  ['lessEqual', tf.lessEqual],
];
const shapes: [number[], number[]][] = [
  [
    [3, 5],
    [3, 5],
  ],
  [[2, 3, 4], [4]],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [[], [2, 3]],
  [
    [0, 3],
    [1, 3],
  ],
];

describe.skipIf(!status.available)(`elementwise kernels equal tfjs cpu${suffix}`, () => {
  beforeAll(useTorch);

  it.each(unaryOps)('%s', async (_, op, low, high) => {
    for (const shape of [[], [7], [3, 1, 5], [0, 2]]) await expectSame(() => op(uniform(shape, 3, low, high)), 2e-5);
  });

  it('keeps NaN and infinities', async () => {
    const special = (): tf.Tensor => tf.tensor1d([NaN, Infinity, -Infinity, 0, -0, 1e30]);
    for (const op of [tf.isNaN, tf.isInf, tf.isFinite, tf.relu, tf.abs, tf.exp, tf.step])
      await expectSame(() => op(special()));
  });

  it.each(binaryOps)('%s of floats', async (_, op) => {
    for (const [a, b] of shapes) await expectSame(() => op(uniform(a, 1), uniform(b, 2, 0.5, 3)));
  });

  it.each(binaryOps)('%s of integers', async (_, op) => {
    for (const [a, b] of shapes) await expectSame(() => op(integers(a, -9, 9), integers(b, 1, 5, 2)));
  });

  it.each(comparisons)('%s', async (_, op) => {
    for (const [a, b] of shapes) {
      await expectSame(() => op(integers(a, 0, 3), integers(b, 0, 3, 2)));
      await expectSame(() => op(uniform(a, 1), uniform(b, 2)));
    }
  });

  it('pow, atan2, prelu', async () => {
    await expectSame(() => tf.pow(uniform([3, 4], 1, 0.1, 3), uniform([4], 2)));
    await expectSame(() => tf.pow(integers([5], -3, 4), tf.tensor1d([2, 3, 0, 1, 2], 'int32')));
    await expectSame(() => tf.atan2(uniform([3, 4], 1), uniform([4], 2)));
    await expectSame(() => tf.prelu(uniform([3, 4], 1), uniform([4], 2)));
    await expectSame(() => runKernel(tf.EluGrad, { dy: uniform([5], 1), y: uniform([5], 2, -0.9, 2) }));
  });

  it('logical operations and select', async () => {
    const flags = (shape: number[], seed: number): tf.Tensor => tf.greater(uniform(shape, seed), 0);
    await expectSame(() => tf.logicalAnd(flags([3, 4], 1), flags([4], 2)));
    await expectSame(() => tf.logicalOr(flags([3, 4], 1), flags([3, 1], 2)));
    await expectSame(() => tf.logicalXor(flags([3, 4], 1), flags([3, 4], 2)));
    await expectSame(() => tf.logicalNot(flags([7], 1)));
    await expectSame(() => tf.where(flags([3, 4], 1), uniform([3, 4], 2), uniform([3, 4], 3)));
    await expectSame(() => tf.where(flags([3, 4], 1), integers([3, 4], 0, 9), integers([3, 4], 0, 9, 5)));
  });

  it('a condition of rank 1 selects rows', () => {
    tf.tidy(() => {
      const condition = tf.tensor1d([true, false], 'bool');
      const [y] = runKernel(tf.Select, {
        condition,
        t: tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
        e: tf.tensor2d([
          [5, 6],
          [7, 8],
        ]),
      }) as [tf.Tensor];
      expect(Array.from(y.dataSync())).toEqual([1, 2, 7, 8]);
    });
  });

  it('addN, softmax, logSoftmax', async () => {
    await expectSame(() => tf.addN([uniform([3, 4], 1), uniform([3, 4], 2), uniform([3, 4], 3)]));
    await expectSame(() => tf.softmax(uniform([5, 7], 1, -20, 20)));
    await expectSame(() => tf.logSoftmax(uniform([5, 7], 1, -20, 20)));
  });

  it('cast', async () => {
    await expectSame(() => tf.cast(uniform([9], 1, -3, 3), 'int32'));
    await expectSame(() => tf.cast(integers([9], -1, 2), 'bool'));
    await expectSame(() => tf.cast(tf.greater(uniform([9]), 0), 'float32'));
    await expectSame(() => tf.cast(uniform([9]), 'float32'));
  });
});
