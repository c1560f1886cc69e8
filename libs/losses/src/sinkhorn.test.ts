import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { engineNames } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { inLockStep } from '@tessera/testing/lock-step';
import { describe, expect, it } from 'vitest';
import { sinkhorn } from './sinkhorn.ts';
import { errorOfLargest, leaked, readOracle, unitRows, wave } from './testdata/read.ts';

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
