import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { inspectEngines, openEngine } from '../open-engine.ts';
import { logOnePlusSumExp } from './log-one-plus-sum-exp.ts';
import { logSumExp } from './log-sum-exp.ts';

const available = (await inspectEngines()).filter((report) => report.available).map(({ name }) => name);

describe.each(available)('log-sum-exp on %s', (engine) => {
  beforeAll(async () => {
    await openEngine(engine);
  });

  it.each([0, 1])('the gradient of log-sum-exp of large numbers along axis %i adds up to 1', (axis) => {
    const x = tf.fill([4, 4], 1e8);
    const grad = tf.grad((y: Tensor) => tf.sum(logSumExp(y, axis)))(x);
    for (const slope of grad.dataSync()) expect(slope).toBeCloseTo(0.25, 6);
  });

  it('log-sum-exp of nothing but -Infinity is -Infinity', () => {
    const x = tf.tensor2d([
      [-Infinity, -Infinity],
      [-Infinity, 3],
    ]);
    expect([...logSumExp(x, 1).dataSync()]).toEqual([-Infinity, 3]);
    expect(logSumExp(x, -1, true).shape).toEqual([2, 1]);
  });

  it.each([2, -3, 0.5, NaN, Infinity])('refuses the axis %d', (axis) => {
    tf.tidy(() => {
      expect(() => logSumExp(tf.zeros([6, 5]), axis)).toThrow(
        expect.objectContaining({ name: 'TesseraError', code: 'E_OPTION_INVALID' }),
      );
    });
  });

  it('log(1 + sum exp) keeps its digits near 0, and its gradient is the share of each', () => {
    tf.tidy(() => {
      const differences = [
        [-30, -31],
        [2, -1],
      ];
      const exact = differences.map((row) => Math.log1p(row.reduce((sum, d) => sum + Math.exp(d), 0)));
      // 1 + 1.3e-13 is 1 in float32: what is left of the first row is 0, not the rounding of 30.
      const values = logOnePlusSumExp(tf.tensor2d(differences)).dataSync();
      expect(values[0]).toBeCloseTo(exact[0] ?? NaN, 7);
      expect(values[1]).toBeCloseTo(exact[1] ?? NaN, 6);
      const grad = tf.grad((d: Tensor) => tf.sum(logOnePlusSumExp(d as Tensor2D)))(tf.tensor2d(differences));
      for (const [i, slope] of [...grad.dataSync()].entries()) {
        const expected = Math.exp((differences.flat()[i] ?? NaN) - (exact[Math.floor(i / 2)] ?? NaN));
        expect(slope / expected).toBeCloseTo(1, 5);
      }
    });
  });
});
