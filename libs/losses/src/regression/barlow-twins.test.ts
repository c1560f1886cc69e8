import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { singleProcess, rootKey, type Collective } from '@tessera/core';
import { evaluationForward } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { inLockStep } from '@tessera/testing/lock-step';
import { expect, it } from 'vitest';
import { errorOfLargest, leaked, readOracle, relativeError, wave } from '../testdata/read.ts';
import { barlowTwins, crossCorrelation } from './barlow-twins.ts';
import { barlowTwinsObjective } from './barlow-twins-objective.ts';

interface Case {
  readonly batch: number;
  readonly dim: number;
  readonly lambda: number;
  readonly zA: number[][];
  readonly zB: number[][];
  readonly correlation: number[][];
  readonly onDiagonal: number;
  readonly offDiagonal: number;
  readonly loss: number;
  readonly gradA: number[][];
  readonly gradB: number[][];
  readonly twoRanks: { readonly globalStatistics: number; readonly localStatistics: number };
}

const { cases } = readOracle('barlow_twins') as { readonly cases: Case[] };
const each = cases.map((one) => [one.batch, one.dim, one] as const);

const build = (lambda: number, scale = 1) =>
  barlowTwinsObjective.build(
    { lambda, scale },
    {
      key: rootKey(0),
      inDim: 4,
      batchSize: 4,
      views: [],
      data: { size: 8 },
      collective: singleProcess,
      scope: 'objective',
      warn: () => undefined,
    },
  );
const lossOf = (lambda: number, online: Tensor2D[], collective: Collective = singleProcess, scale = 1) =>
  build(lambda, scale).loss({ online }, {}, { ...evaluationForward(), collective }).loss;

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(each)('%i images, width %i: the terms, loss and gradients of float64 autograd', (_batch, _dim, one) => {
    const [a, b] = [tf.tensor2d(one.zA), tf.tensor2d(one.zB)];
    expect(errorOfLargest(crossCorrelation(a, b), one.correlation)).toBeLessThan(1e-5);
    const { onDiagonal, offDiagonal } = barlowTwins(a, b);
    expect(relativeError(onDiagonal, one.onDiagonal)).toBeLessThan(1e-5);
    expect(relativeError(offDiagonal, one.offDiagonal)).toBeLessThan(1e-5);
    const { value, grads } = tf.valueAndGrads((...z: Tensor[]) => lossOf(one.lambda, z as Tensor2D[]))([a, b]);
    const [gradA, gradB] = grads as [Tensor, Tensor];
    expect(relativeError(value, one.loss)).toBeLessThan(1e-5);
    expect(errorOfLargest(gradA, one.gradA)).toBeLessThan(1e-4);
    expect(errorOfLargest(gradB, one.gradB)).toBeLessThan(1e-4);
  });

  it.each(each)('%i images, width %i on two ranks: statistics of both, and not of each', (batch, _dim, one) => {
    const half = batch / 2;
    const parts = [0, half].map((from) => [one.zA, one.zB].map((z) => tf.tensor2d(z.slice(from, from + half))));
    const results = inLockStep(parts, (part, collective) => lossOf(one.lambda, part, collective));
    for (const result of results) {
      expect(relativeError(result, one.twoRanks.globalStatistics)).toBeLessThan(1e-5);
      expect(relativeError(result, one.twoRanks.localStatistics)).toBeGreaterThan(1e-3);
    }
  });

  it.each(each)('%i images, width %i on two ranks: averaged gradients are those of one process', (batch, _dim, one) => {
    const half = batch / 2;
    const shares = [one.zA, one.zB].flatMap((z) => [z.slice(0, half), z.slice(half)]);
    // All ranks in one process: what is gathered is one differentiable concatenation, the first view's, then the second's.
    const total = (a0: Tensor2D, a1: Tensor2D, b0: Tensor2D, b1: Tensor2D): tf.Scalar =>
      tf.addN(
        [0, 1].map((rank) => {
          const gathered = [tf.concat([a0, a1]), tf.concat([b0, b1])];
          const collective = { rank, worldSize: 2, allGather: () => gathered.shift() } as unknown as Collective;
          return lossOf(one.lambda, rank === 0 ? [a0, b0] : [a1, b1], collective);
        }),
      );
    const { grads } = tf.valueAndGrads((...x: Tensor[]) => total(...(x as [Tensor2D, Tensor2D, Tensor2D, Tensor2D])))(
      shares.map((rows) => tf.tensor2d(rows)),
    );
    const want = [one.gradA, one.gradB].flatMap((z) => [z.slice(0, half), z.slice(half)]);
    grads.forEach((grad, i) => {
      expect(errorOfLargest(tf.div(grad, 2), want[i] ?? [])).toBeLessThan(1e-4);
    });
  });

  it('scale multiplies the loss, and a constant feature gives numbers', () => {
    const [a, b] = [wave(6, 4, 0), wave(6, 4, 1)].map((z) => tf.tensor2d(z)) as [Tensor2D, Tensor2D];
    const plain = lossOf(0.0051, [a, b]).dataSync()[0] ?? NaN;
    expect(lossOf(0.0051, [a, b], singleProcess, 0.025).dataSync()[0]).toBeCloseTo(0.025 * plain, 6);
    const still = tf.ones<tf.Rank.R2>([6, 4]);
    const { value, grads } = tf.valueAndGrads((...z: Tensor[]) => lossOf(0.0051, z as Tensor2D[]))([still, b]);
    expect([value, ...grads].every((x) => x.dataSync().every(Number.isFinite))).toBe(true);
    expect(value.dataSync()[0]).toBeCloseTo(4, 5);
  });

  it('leaks nothing, and refuses three views by name', () => {
    const [a, b] = [wave(6, 4, 0), wave(6, 4, 1)];
    const count = leaked(() => {
      tf.valueAndGrads((...z: Tensor[]) => lossOf(0.0051, z as Tensor2D[]))([tf.tensor2d(a), tf.tensor2d(b)]);
    });
    expect(count).toBe(0);
    const three = [a, b, b].map((z) => tf.tensor2d(z));
    expect(() => lossOf(0.0051, three)).toThrow(/got 3 views/);
  });
});
