/** Operations that take or give a list of tensors, where the list has one: values and gradients of the same without a list. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { engineNames } from '../names.ts';
import { inspectEngines, openEngine } from '../open-engine.ts';
import { variableGradients } from '../variable-gradients.ts';

const only = <T>(list: readonly T[]): T => {
  const [one, ...more] = list;
  if (one === undefined || more.length > 0) throw new Error(`a list of ${list.length}`);
  return one;
};

interface Case {
  readonly name: string;
  readonly shape: readonly number[];
  readonly run: (x: Tensor) => Tensor;
  /** The same, without a list. */
  readonly plain: (x: Tensor) => Tensor;
}

const itself = (x: Tensor): Tensor => tf.mul(x, 1);

const differentiable: readonly Case[] = [
  { name: 'split into 1', shape: [3, 4], run: (x) => only(tf.split(x, 1)), plain: itself },
  { name: 'split into 1, last axis', shape: [3, 4], run: (x) => only(tf.split(x, 1, -1)), plain: itself },
  { name: 'split into the whole', shape: [3, 4], run: (x) => only(tf.split(x, [3])), plain: itself },
  { name: 'split into the rest', shape: [3, 4], run: (x) => only(tf.split(x, [-1], 1)), plain: itself },
  { name: 'split of a vector', shape: [5], run: (x) => only(tf.split(x, 1)), plain: itself },
  { name: 'split of four axes', shape: [2, 3, 1, 2], run: (x) => only(tf.split(x, 1, 2)), plain: itself },
  { name: 'split of a split', shape: [4, 2], run: (x) => only(tf.split(only(tf.split(x, 1)), 1, 1)), plain: itself },
  { name: 'unstack', shape: [1, 4], run: (x) => only(tf.unstack(x)), plain: (x) => tf.reshape(x, [4]) },
  { name: 'unstack, last axis', shape: [3, 1], run: (x) => only(tf.unstack(x, -1)), plain: (x) => tf.reshape(x, [3]) },
  {
    name: 'unstack, middle axis',
    shape: [2, 1, 3],
    run: (x) => only(tf.unstack(x, 1)),
    plain: (x) => tf.reshape(x, [2, 3]),
  },
  { name: 'unstack to a scalar', shape: [1], run: (x) => only(tf.unstack(x)), plain: (x) => tf.reshape(x, []) },
  { name: 'stack', shape: [3, 4], run: (x) => tf.stack([x]), plain: (x) => tf.reshape(x, [1, 3, 4]) },
  { name: 'stack, last axis', shape: [3, 4], run: (x) => tf.stack([x], -1), plain: (x) => tf.reshape(x, [3, 4, 1]) },
  { name: 'stack, middle axis', shape: [3, 4], run: (x) => tf.stack([x], 1), plain: (x) => tf.reshape(x, [3, 1, 4]) },
  { name: 'stack of a scalar', shape: [], run: (x) => tf.stack([x]), plain: (x) => tf.reshape(x, [1]) },
  { name: 'concat', shape: [3, 4], run: (x) => tf.concat([x]), plain: itself },
  { name: 'concat, last axis', shape: [3, 4], run: (x) => tf.concat([x], -1), plain: itself },
  { name: 'concat1d', shape: [3], run: (x) => tf.concat1d([x as Tensor1D]), plain: itself },
  { name: 'concat2d', shape: [3, 4], run: (x) => tf.concat2d([x as Tensor2D], 1), plain: itself },
  { name: 'concat3d', shape: [3, 4, 2], run: (x) => tf.concat3d([x as Tensor3D], 1), plain: itself },
  { name: 'concat4d', shape: [3, 4, 2, 1], run: (x) => tf.concat4d([x as Tensor4D], 3), plain: itself },
  {
    name: 'the Concat kernel',
    shape: [3, 4],
    run: (x) => tf.engine().runKernel(tf.Concat, [x] as unknown as tf.NamedTensorMap, { axis: 0 }),
    plain: itself,
  },
  { name: 'addN', shape: [3, 4], run: (x) => tf.addN([x]), plain: itself },
  { name: 'addN of a scalar', shape: [], run: (x) => tf.addN([x]), plain: itself },
  { name: 'sum over a list of axes', shape: [3, 4], run: (x) => tf.sum(x, [1]), plain: (x) => tf.sum(x, 1) },
  { name: 'mean over a list of axes', shape: [3, 4], run: (x) => tf.mean(x, [0]), plain: (x) => tf.mean(x, 0) },
  { name: 'max over a list of axes', shape: [3, 4], run: (x) => tf.max(x, [1]), plain: (x) => tf.max(x, 1) },
  { name: 'norm over a list of axes', shape: [3, 4], run: (x) => tf.norm(x, 2, [1]), plain: (x) => tf.norm(x, 2, 1) },
  {
    name: 'logSumExp over a list of axes',
    shape: [3, 4],
    run: (x) => tf.logSumExp(x, [1]),
    plain: (x) => tf.logSumExp(x, 1),
  },
  {
    name: 'variance over a list of axes',
    shape: [3, 4],
    run: (x) => tf.moments(x, [1]).variance,
    plain: (x) => tf.moments(x, 1).variance,
  },
  {
    name: 'squeeze of a list of axes',
    shape: [3, 1],
    run: (x) => tf.squeeze(x, [1]),
    plain: (x) => tf.reshape(x, [3]),
  },
  { name: 'transpose of a vector', shape: [3], run: (x) => tf.transpose(x, [0]), plain: itself },
  {
    name: 'reverse of a list of axes',
    shape: [3, 2],
    run: (x) => tf.reverse(x, [0]),
    plain: (x) => tf.gather(x, [2, 1, 0]),
  },
  { name: 'pad of a vector', shape: [3], run: (x) => tf.pad(x, [[1, 0]]), plain: (x) => tf.concat([tf.zeros([1]), x]) },
  { name: 'tile of a vector', shape: [3], run: (x) => tf.tile(x, [2]), plain: (x) => tf.concat([x, x]) },
  { name: 'tile once', shape: [3], run: (x) => tf.tile(x, [1]), plain: itself },
  {
    name: 'gather of one row',
    shape: [3, 2],
    run: (x) => tf.gather(x, [1]),
    plain: (x) => tf.slice(x, [1, 0], [1, 2]),
  },
  { name: 'slice of a vector', shape: [3], run: (x) => tf.slice(x, [1], [1]), plain: (x) => tf.gather(x, [1]) },
  {
    name: 'Gram-Schmidt of a list',
    shape: [4],
    run: (x) => only(tf.linalg.gramSchmidt([x as Tensor1D]) as Tensor1D[]),
    plain: (x) => tf.div(x, tf.norm(x)),
  },
  {
    name: 'Gram-Schmidt of a matrix',
    shape: [1, 4],
    run: (x) => tf.linalg.gramSchmidt(x as Tensor2D) as Tensor2D,
    plain: (x) => tf.div(x, tf.norm(x)),
  },
  {
    name: 'QR of a stack',
    shape: [1, 3, 3],
    run: (x) => tf.linalg.qr(x)[1],
    plain: (x) => tf.reshape(tf.linalg.qr(tf.reshape(x, [3, 3]))[1], [1, 3, 3]),
  },
  {
    name: 'one frame of a signal',
    shape: [4],
    run: (x) => tf.signal.frame(x as Tensor1D, 4, 1),
    plain: (x) => tf.reshape(x, [1, 4]),
  },
  { name: 'meshgrid of one', shape: [4], run: (x) => tf.mul(only(tf.meshgrid(x)), 2), plain: (x) => tf.mul(x, 2) },
  {
    name: 'a stack of one recurrent cell',
    shape: [1, 2],
    run: (x) => {
      const cell = (data: Tensor2D, c: Tensor2D, h: Tensor2D): [Tensor2D, Tensor2D] => [
        tf.add(data, c),
        tf.mul(data, h),
      ];
      const [[c], [h]] = tf.multiRNNCell([cell], x as Tensor2D, [tf.ones([1, 2])], [tf.fill([1, 2], 3)]);
      return tf.add(c ?? x, h ?? x);
    },
    plain: (x) => tf.add(tf.add(x, 1), tf.mul(x, 3)),
  },
];

const forwardOnly: readonly Case[] = [
  {
    name: 'einsum of one, transposed',
    shape: [3, 4],
    run: (x) => tf.einsum('ij->ji', x),
    plain: (x) => tf.transpose(x),
  },
  { name: 'einsum of one, summed', shape: [3, 4], run: (x) => tf.einsum('ij->i', x), plain: (x) => tf.sum(x, 1) },
  { name: 'einsum of one, as it is', shape: [3], run: (x) => tf.einsum('i->i', x), plain: itself },
  { name: 'topk of one', shape: [3, 4], run: (x) => tf.topk(x, 1).values, plain: (x) => tf.max(x, 1, true) },
  { name: 'unique of one', shape: [1], run: (x) => tf.unique(x).values, plain: itself },
  {
    name: 'one box',
    shape: [1, 2, 2, 1],
    run: (x) => tf.image.cropAndResize(x as Tensor4D, [[0, 0, 1, 1]], [0], [2, 2]),
    plain: itself,
  },
  {
    name: 'blocks along one axis',
    shape: [4, 3],
    run: (x) => tf.spaceToBatchND(tf.reshape(x, [1, 4, 3]), [1], [[0, 0]]),
    plain: (x) => tf.reshape(x, [1, 4, 3]),
  },
  {
    name: 'ragged rows of one split',
    shape: [3],
    run: (x) => tf.raggedTensorToTensor([2, 2], x, 0, [tf.tensor1d([0, 2, 3], 'int32')], ['ROW_SPLITS']),
    plain: (x) => tf.reshape(tf.concat([x, tf.zeros([1])]), [2, 2]),
  },
];

const reports = await inspectEngines();
const values = (shape: readonly number[]): Tensor =>
  tf.tensor(
    Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, i) => Math.sin(1.7 * i + 0.4)),
    [...shape],
  );
const expectAlike = (got: Tensor, want: Tensor): void => {
  expect(got.shape).toEqual(want.shape);
  const expected = want.dataSync();
  got.dataSync().forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] ?? NaN, 5);
  });
};

describe.each(engineNames)('%s engine', (engine) => {
  describe.skipIf(!reports.some(({ name, available }) => name === engine && available))('is available', () => {
    beforeAll(async () => {
      await openEngine(engine);
    });

    it.each([...differentiable, ...forwardOnly])('$name: the value', ({ shape, run, plain }) => {
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        const x = values(shape);
        expectAlike(run(x), plain(x));
      });
      expect(tf.memory().numTensors).toBe(before);
    });

    it.each(differentiable)('$name: the gradient', ({ shape, run, plain }) => {
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        const x = values(shape);
        const dy = values(plain(x).shape);
        expectAlike(tf.grad(run)(x, dy), tf.grad(plain)(x, dy));
        // A list of one input, and of one variable.
        const loss = (...[y]: Tensor[]): tf.Scalar => tf.sum(tf.mul(run(y ?? x), dy));
        expectAlike(only(tf.grads(loss)([x])), tf.grad(plain)(x, dy));
        const variable = tf.variable(x);
        const { grads } = variableGradients(() => loss(variable), [variable]);
        expectAlike(only(Object.values(grads)), tf.grad(plain)(x, dy));
        variable.dispose();
      });
      expect(tf.memory().numTensors).toBe(before);
    });

    it('the rest of an axis may come first, and the list of sizes stays as it was', () => {
      tf.tidy(() => {
        const sizes = [-1, 2];
        const [rest, last] = tf.split(values([5, 2]), sizes);
        expect([rest?.shape, last?.shape]).toEqual([
          [3, 2],
          [2, 2],
        ]);
        expect(sizes).toEqual([-1, 2]);
        expect(() => tf.split(values([5]), [-1, 6])).toThrow(/sum of sizes|negative/i);
        expect(() => tf.split(values([5]), [-1, -1])).toThrow(/-1|negative/);
      });
    });

    it('meshgrid of none gives none', () => {
      expect(tf.meshgrid()).toEqual([]);
    });
  });
});
