import { fold, rootKey, singleProcess, withKey, type Collective, type Forward } from '@tessera/core';
import { evaluationForward, openEngine, UpdateCollector } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { mlpHead } from '../heads/mlp.ts';
import { ParameterSet } from '../parameters.ts';
import { resnetEncoder } from '../resnet/resnet.ts';
import { trainingForward } from '../testdata/tiny-forward.ts';
import { createLayerNorm } from './layer-norm.ts';
import { createRowShuffle } from './shuffle-rows.ts';
import { stemMaxPool } from './pooling.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

const distance = (a: tf.Tensor, b: tf.Tensor): number =>
  tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] ?? NaN);

const column = (count: number): tf.Tensor2D => tf.tensor2d(Array.from({ length: count }, (_, i) => [i]));
const largest = (x: tf.Tensor): number => tf.tidy(() => tf.max(tf.abs(x)).dataSync()[0] ?? NaN);

describe('layer norm', () => {
  test.each([[[3, 5]], [[2, 3, 3, 4]]])(
    'gives every sample of %j mean 0 and variance 1, alone or in a batch',
    (shape) => {
      const parameters = new ParameterSet('n', rootKey(0));
      const norm = createLayerNorm(parameters, 'ln', { channels: shape.at(-1) ?? 1 });
      tf.tidy(() => {
        const x = tf.randomNormal(shape, 3, 2, 'float32', 1);
        const axes = shape.map((_, i) => i).slice(1);
        const y = norm(x, evaluationForward());
        const { mean, variance } = tf.moments(y, axes);
        expect(distance(mean, tf.zerosLike(mean))).toBeLessThan(1e-5);
        expect(distance(variance, tf.onesLike(variance))).toBeLessThan(1e-3);
        const first = tf.slice(
          x,
          shape.map(() => 0),
          [1, ...shape.slice(1)],
        );
        expect(
          distance(
            norm(first, evaluationForward()),
            tf.slice(
              y,
              shape.map(() => 0),
              [1, ...shape.slice(1)],
            ),
          ),
        ).toBeLessThan(1e-5);
        expect(distance(norm(x, trainingForward(new UpdateCollector())), y)).toBe(0);
      });
      expect(parameters.buffers).toHaveLength(0);
      parameters.dispose();
    },
  );
});

describe('row shuffle', () => {
  test('runs on a new order of the same rows every step, the same in every pass over it, and gives the rows back in place', () => {
    const shuffle = createRowShuffle('net');
    const x = column(12);
    const orders: number[][] = [];
    const pass = (forward: Forward, run = shuffle): number[] =>
      tf.tidy(() => {
        const y = run(x, forward, (rows) => {
          orders.push([...rows.dataSync()]);
          return tf.mul(rows, 10);
        });
        return [...y.dataSync()];
      });
    const forwardAt = (step: number): Forward => trainingForward(new UpdateCollector(), singleProcess, step);
    for (const step of [0, 1, 2, 0])
      expect(pass(forwardAt(step))).toEqual([...x.dataSync()].map((value) => value * 10));
    expect(new Set(orders.map(String)).size).toBe(3);
    expect(orders[3]).toEqual(orders[0]);
    // Another network draws another order, and so does another run of this one, if it is told apart.
    pass(forwardAt(0), createRowShuffle('other'));
    pass(withKey(forwardAt(0), 'view', 1));
    expect(new Set(orders.map(String)).size).toBe(5);
    for (const order of orders) expect(order.toSorted((a, b) => a - b)).toEqual([...x.dataSync()]);
    expect(shuffle(x, evaluationForward(), (rows) => rows)).toBe(x);
    tf.dispose(x);
  });

  test('trap 31: crosses ranks: every rank works on rows of all, and gets its own back', () => {
    // Two ranks in one process: gathering joins this rank's rows with the other's, which it knows.
    const all = column(8);
    const seen = [0, 1].map((rank) => {
      const shuffle = createRowShuffle('net');
      let gathered = 0;
      const collective: Collective = {
        rank,
        worldSize: 2,
        // First the rows themselves; then what both ranks computed of the shuffled rows: ten times, in the shuffled order.
        allGather: (x) => (x.rank === 2 && gathered++ === 0 ? all : tf.mul(tf.gather(all, orderOf()), 10)) as typeof x,
        allReduceSum: (x) => x,
      };
      const mine = tf.slice(all, [rank * 4, 0], [4, 1]);
      let inside: number[] = [];
      const y = shuffle(mine, trainingForward(new UpdateCollector(), collective), (rows) => {
        inside = [...rows.dataSync()];
        return tf.mul(rows, 10);
      });
      expect([...y.dataSync()]).toEqual([...mine.dataSync()].map((value) => value * 10));
      return inside;
    });
    expect(seen.flat().toSorted((a, b) => a - b)).toEqual([...all.dataSync()]);
    all.dispose();

    function orderOf(): Int32Array {
      let order = new Int32Array();
      const wide = column(8);
      createRowShuffle('net')(wide, trainingForward(new UpdateCollector()), (rows) => {
        order = Int32Array.from(rows.dataSync());
        return rows;
      });
      wide.dispose();
      return order;
    }
  });
});

describe('shuffled batch norm', () => {
  const options = { blocks: [1, 1, 1, 1], width: 4, stem: 'cifar', norm: 'shuffled', normGroups: 2 };
  const build = (extra: object = {}) =>
    resnetEncoder.build({ ...options, ...extra }, { key: fold(rootKey(0), 'e'), inputChannels: 3, scope: 'e' });

  test('statistics are those of a part: results differ from batch norm over all, and one group is batch norm', () => {
    const x = tf.randomUniform<tf.Rank.R4>([8, 8, 8, 3], 0, 1, 'float32', 2);
    const h = (extra: object): tf.Tensor2D => {
      const encoder = build(extra);
      const y = tf.tidy(() => encoder.apply(x, trainingForward(new UpdateCollector())));
      encoder.dispose();
      return y;
    };
    const [halves, one, batch] = [h({}), h({ normGroups: 1 }), h({ norm: 'batch' })];
    expect(distance(one, batch)).toBeLessThan(1e-5);
    expect(distance(halves, batch)).toBeGreaterThan(1e-3);
    tf.dispose([x, halves, one, batch]);
  });

  test('the number of rows must fit the groups', () => {
    const encoder = build({ normGroups: 3 });
    const x = tf.zeros<tf.Rank.R4>([8, 8, 8, 3]);
    expect(() => tf.tidy(() => encoder.apply(x, trainingForward(new UpdateCollector())))).toThrow(
      /8 rows for 3 groups/,
    );
    x.dispose();
    encoder.dispose();
  });
});

describe.each(['batch', 'shuffled', 'layer'] as const)('norm %s', (norm) => {
  const parts = [
    [
      'resnet',
      () =>
        resnetEncoder.build(
          { blocks: [1, 1, 1, 1], width: 4, stem: 'cifar', norm },
          { key: rootKey(0), inputChannels: 3, scope: 'e' },
        ),
      [4, 8, 8, 3],
    ],
    [
      'mlp',
      () =>
        mlpHead.build(
          { layers: 3, out: 4, batchNorm: 'all', norm },
          { key: rootKey(0), inDim: 6, scope: 'h', data: { size: 6 } },
        ),
      [4, 6],
    ],
  ] as const;
  test.each(parts)('%s: a gradient reaches every variable, nothing leaks', (_name, make, shape) => {
    const before = tf.memory().numTensors;
    const part = make();
    const x = tf.randomNormal([...shape], 0, 1, 'float32', 3);
    const weights = tf.randomNormal([4, 1], 0, 1, 'float32', 5);
    const built = tf.memory().numTensors;
    const updates = new UpdateCollector();
    const apply = part.apply.bind(part) as (x: tf.Tensor, forward: Forward) => tf.Tensor2D;
    const { value, grads } = tf.variableGrads(
      () => tf.mean(tf.mul(tf.square(apply(x, trainingForward(updates))), weights)),
      part.variables().map(({ variable }) => variable),
    );
    const named = part.variables().map(({ variable }) => grads[variable.name]);
    for (const gradient of named) {
      if (!gradient) throw new Error('a variable has no gradient');
      expect(largest(gradient)).toBeGreaterThan(0);
    }
    updates.commit();
    tf.dispose([value, grads]);
    expect(tf.memory().numTensors).toBe(built);
    tf.dispose([x, weights]);
    part.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("google's ResNet", () => {
  test('pools with SAME padding: on even sizes the last row and column see the border, not the first', () => {
    const x = tf.tensor4d(
      Array.from({ length: 16 }, (_, i) => i),
      [1, 4, 4, 1],
    );
    expect([...stemMaxPool(x, 'tensorflow').dataSync()]).toEqual([10, 11, 14, 15]);
    expect([...stemMaxPool(x).dataSync()]).toEqual([5, 7, 13, 15]);
    x.dispose();
  });

  test('draws convolutions from a normal cut off at two deviations, with variance 1 / fan in', () => {
    const encoder = resnetEncoder.build(
      { depth: 18, init: 'google' },
      { key: rootKey(1), inputChannels: 3, scope: 'e' },
    );
    const values =
      encoder
        .variables()
        .find(({ name }) => name === 'e/layer4.1.conv2.weight')
        ?.variable.dataSync() ?? [];
    const variance = Array.from(values).reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(variance * 512 * 9).toBeCloseTo(1, 2);
    const largest = Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeLessThanOrEqual((2 / 0.8796256610342397) * Math.sqrt(1 / (512 * 9)) * (1 + 1e-6));
    encoder.dispose();
  });

  test('heads start from a normal of deviation 0.01, and zero biases', () => {
    const head = mlpHead.build(
      { init: 'google', hidden: 400 },
      { key: rootKey(1), inDim: 300, scope: 'h', data: { size: 6 } },
    );
    const [weight, bias] = head.variables().map(({ variable }) => Array.from(variable.dataSync()));
    const deviation = Math.sqrt((weight ?? []).reduce((sum, value) => sum + value * value, 0) / (weight?.length ?? 1));
    expect(deviation).toBeCloseTo(0.01, 4);
    expect(bias?.every((value) => value === 0)).toBe(true);
    head.dispose();
  });
});
