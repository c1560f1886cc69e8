import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { engineNames } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { inLockStep } from '@tessera/testing/lock-step';
import { describe, expect, it } from 'vitest';
import { sinkhorn } from './sinkhorn.ts';
import { errorOfLargest, leaked, readOracle, unitRows, wave } from '../testdata/read.ts';

interface Case {
  readonly batch: number;
  readonly prototypes: number;
  readonly epsilon: number;
  readonly iterations: number;
  readonly scores: number[][];
  readonly codes: number[][];
}

const goldenScores = () =>
  tf.matMul<Tensor2D>(tf.tensor2d(unitRows(wave(6, 5, 0))), tf.tensor2d(unitRows(wave(4, 5, 2))), false, true);

await describeEngines(engineNames, () => {
  it.each((readOracle('sinkhorn') as { cases: Case[] }).cases.map((one) => [one.batch, one.prototypes, one] as const))(
    'equals main_swav.py: %i samples, %i prototypes',
    (_b, _k, { scores, epsilon, iterations, codes }) => {
      expect(errorOfLargest(sinkhorn(tf.tensor2d(scores), { epsilon, iterations }), codes)).toBeLessThan(1e-4);
    },
  );

  describe('traps', () => {
    it('trap 11: prototypes first, samples last: rows sum to 1, columns only approach B / K (golden vector)', () => {
      const codes = sinkhorn(goldenScores(), { epsilon: 0.05, iterations: 3 });
      tf.sum(codes, 1)
        .dataSync()
        .forEach((sum) => {
          expect(sum).toBeCloseTo(1, 5);
        });
      const columns = [...tf.sum(codes, 0).dataSync()];
      [1.9623, 1.0, 1.1037, 1.9339].forEach((want, k) => {
        expect(columns[k]).toBeCloseTo(want, 4);
      });
      const balanced = sinkhorn(goldenScores(), { epsilon: 0.05, iterations: 100 });
      tf.sum(balanced, 0)
        .dataSync()
        .forEach((sum) => {
          expect(sum).toBeCloseTo(1.5, 3);
        });
    });

    it.each([1, 2, 3])('trap 12: samples split over %i ranks give the same rows', (world) => {
      const { epsilon, iterations, scores, codes } = (readOracle('swav_variants') as { ranks: Case }).ranks;
      const share = scores.length / world;
      const parts = Array.from({ length: world }, (_, rank) =>
        tf.tensor2d(scores.slice(rank * share, (rank + 1) * share)),
      );
      const results = inLockStep(parts, (part, collective) => sinkhorn(part, { epsilon, iterations, collective }));
      expect(errorOfLargest(tf.concat(results), codes)).toBeLessThan(1e-4);
    });

    it('trap 13: unnormalised scores and prototypes far from everything give numbers', () => {
      const codes = sinkhorn(
        tf.tensor2d([
          [400, -400, 0],
          [300, -500, 20],
        ]),
        { epsilon: 0.01, iterations: 3 },
      );
      expect(codes.dataSync().every(Number.isFinite)).toBe(true);
      tf.sum(codes, 1)
        .dataSync()
        .forEach((sum) => {
          expect(sum).toBeCloseTo(1, 5);
        });
    });
  });

  describe('scores of any size', () => {
    const huge = 3.4e38;

    it('shifting and widening them together with epsilon changes nothing, up to the largest number', () => {
      const scores = unitRows(wave(6, 4, 1));
      const expected = [...sinkhorn(tf.tensor2d(scores), { epsilon: 0.25, iterations: 3 }).dataSync()];
      for (const factor of [2 ** 20, 2 ** 100, 2 ** 127, 2 ** -60]) {
        const scaled = tf.tensor2d(scores.map((row) => row.map((score) => score * factor)));
        expect(errorOfLargest(sinkhorn(scaled, { epsilon: 0.25 * factor, iterations: 3 }), [expected])).toBeLessThan(
          1e-6,
        );
      }
    });

    it.each([0.05, 1, 1e-8])('divided by %f they pass what float32 holds', (epsilon) => {
      const scores = [
        [huge, -huge, 0],
        [-huge, huge, 0],
        [-huge, -huge, huge / 2],
        [0, 0, 0],
      ];
      const codes = sinkhorn(tf.tensor2d(scores), { epsilon, iterations: 3 });
      expect(codes.dataSync().every(Number.isFinite)).toBe(true);
      tf.sum(codes, 1)
        .dataSync()
        .forEach((sum) => {
          expect(sum).toBeCloseTo(1, 5);
        });
      const rows = codes.arraySync();
      expect([0, 1, 2].map((k) => rows[k]?.[k])).toEqual([1, 1, 1]);
    });

    it('a sample below all others in every prototype still gets its own best', () => {
      const codes = sinkhorn(
        tf.tensor2d([
          [0, 0],
          [-1e38, -2e38],
        ]),
        { epsilon: 0.05, iterations: 3 },
      );
      const [first, last] = codes.arraySync();
      expect(last).toEqual([1, 0]);
      expect(first?.every(Number.isFinite)).toBe(true);
    });

    it.each([1, 2, 4])('the largest of a prototype may be on another of %i ranks', (world) => {
      const scores = [
        [1e38, 0],
        [0, 2e38],
        [-3e38, -3e38],
        [3e38, 1e38],
      ];
      const whole = sinkhorn(tf.tensor2d(scores), { epsilon: 0.05, iterations: 2 });
      const parts = Array.from({ length: world }, (_, rank) =>
        tf.tensor2d(scores.slice((rank * 4) / world, ((rank + 1) * 4) / world)),
      );
      const split = tf.concat(
        inLockStep(parts, (part, collective) => sinkhorn(part, { epsilon: 0.05, iterations: 2, collective })),
      );
      expect([...whole.dataSync()].every(Number.isFinite)).toBe(true);
      expect([...split.dataSync()]).toEqual([...whole.dataSync()]);
    });
  });

  it('passes no gradient', () => {
    const grad = tf.grad((scores: Tensor) =>
      tf.add(tf.sum(tf.mul(sinkhorn(scores as Tensor2D, { epsilon: 0.05, iterations: 3 }), 3)), tf.sum(scores)),
    )(goldenScores());
    expect([...grad.dataSync()]).toEqual(Array.from({ length: 24 }, () => 1));
  });

  it('leaks nothing', () => {
    const count = leaked(() => {
      sinkhorn(goldenScores(), { epsilon: 0.05, iterations: 3 });
    });
    expect(count).toBe(0);
  });
});
