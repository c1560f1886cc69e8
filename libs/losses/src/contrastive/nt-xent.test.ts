import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { singleProcess } from '@tessera/core';
import { engineNames } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { describe, expect, it } from 'vitest';
import { ntXent, type NtXentReduction } from './nt-xent.ts';
import { multiCropNtXent } from './nt-xent-multi-crop.ts';
import { compareRanks } from '../testdata/ranks.ts';
import {
  errorOfLargest,
  leaked,
  numericGradient,
  readOracle,
  relativeError,
  unitRows,
  wave,
} from '../testdata/read.ts';

interface Case {
  readonly pairs: number;
  readonly temperature: number;
  readonly z: number[][];
  readonly loss: number;
  readonly gradZ: number[][];
}

const valueAndGradient = (z: number[][], run: (z: Tensor2D) => Scalar) =>
  tf.valueAndGrad((x: Tensor) => run(x as Tensor2D))(tf.tensor2d(z)) as { value: Scalar; grad: Tensor2D };

const golden = () => [...wave(4, 3, 0), ...wave(4, 3, 0.3)];

/** Plain loops, double precision: -log of the positive's share among the 2N - 1 others, mean over anchors. */
function slow(z: number[][], temperature: number): number {
  const unit = unitRows(z);
  const half = z.length / 2;
  const similarity = (i: number, k: number) =>
    (unit[i] ?? []).reduce((sum, value, d) => sum + value * (unit[k]?.[d] ?? NaN), 0) / temperature;
  const losses = z.map((_, i) => {
    let sum = 0;
    for (let k = 0; k < z.length; k++) if (k !== i) sum += Math.exp(similarity(i, k));
    return Math.log(sum) - similarity(i, (i + half) % z.length);
  });
  return losses.reduce((a, b) => a + b) / z.length;
}

/** Plain loops, double precision: -log of each positive's share among itself and all crops of other images, mean over ordered pairs of crops. */
function slowMultiCrop(z: number[][], views: number, temperature: number): number {
  const unit = unitRows(z);
  const images = z.length / views;
  const similarity = (i: number, k: number) =>
    (unit[i] ?? []).reduce((sum, value, d) => sum + value * (unit[k]?.[d] ?? NaN), 0) / temperature;
  const losses: number[] = [];
  z.forEach((_, i) => {
    let others = 0;
    z.forEach((__, k) => {
      if (k % images !== i % images) others += Math.exp(similarity(i, k));
    });
    z.forEach((__, p) => {
      if (p === i || p % images !== i % images) return;
      losses.push(Math.log(Math.exp(similarity(i, p)) + others) - similarity(i, p));
    });
  });
  return losses.reduce((a, b) => a + b) / losses.length;
}

await describeEngines(engineNames, () => {
  describe('ntXent against the reference implementations', () => {
    const files: readonly [string, NtXentReduction][] = [
      ['ntxent', 'mean2n'],
      ['ntxent_google', 'google'],
    ];
    for (const [stem, reduction] of files) {
      const { cases } = readOracle(stem) as { cases: Case[] };
      it.each(cases.map((one) => [one.pairs, one.temperature, one] as const))(
        `${stem}: %i pairs, temperature %f`,
        (_n, temperature, one) => {
          const { value, grad } = valueAndGradient(one.z, (z) => ntXent(z, { temperature, reduction }));
          expect(relativeError(value, one.loss)).toBeLessThan(1e-5);
          expect(errorOfLargest(grad, one.gradZ)).toBeLessThan(1e-4);
        },
      );
    }

    it.each([
      [0.1, 0.006856276365115654],
      [0.5, 0.5486382383790126],
      [1, 1.0636335907762327],
    ])('golden vector, temperature %f', (temperature, loss) => {
      // 0.0069 is a difference of two numbers near 10, so float32 leaves four digits of it.
      const tolerance = loss < 0.01 ? 1e-4 : 1e-5;
      expect(relativeError(ntXent(tf.tensor2d(golden()), { temperature }), loss)).toBeLessThan(tolerance);
      expect(slow(golden(), temperature)).toBeCloseTo(loss, 12);
    });

    it.each([0.1, 0.5])('finite differences, temperature %f', (temperature) => {
      const z = [...wave(5, 4, 1), ...wave(5, 4, 1.6)];
      const { grad } = valueAndGradient(z, (x) => ntXent(x, { temperature }));
      expect(
        errorOfLargest(
          grad,
          numericGradient(z, (moved) => slow(moved, temperature)),
        ),
      ).toBeLessThan(1e-4);
    });

    it('without normalisation, equals normalising beforehand when rows already have unit length', () => {
      const loss = ntXent(tf.tensor2d(unitRows(golden())), { temperature: 0.5, normalize: false });
      expect(relativeError(loss, 0.5486382383790126)).toBeLessThan(1e-5);
    });
  });

  describe('traps', () => {
    it('trap 1: google is exactly twice the mean over 2N', () => {
      const z = tf.tensor2d(golden());
      const mean = ntXent(z, { temperature: 0.5 }).dataSync()[0] ?? NaN;
      expect(ntXent(z, { temperature: 0.5, reduction: 'google' }).dataSync()[0]).toBe(2 * mean);
    });

    it('trap 2: the positive of i is i +- N: reordering images changes nothing, interleaving views does', () => {
      const z = golden();
      const loss = (rows: number[][]) => ntXent(tf.tensor2d(rows), { temperature: 0.5 }).dataSync()[0] ?? NaN;
      const pick = (order: number[]) => order.map((i) => z[i] ?? []);
      expect(loss(pick([2, 0, 3, 1, 6, 4, 7, 5]))).toBeCloseTo(loss(z), 6);
      expect(Math.abs(loss(pick([0, 4, 1, 5, 2, 6, 3, 7])) - loss(z))).toBeGreaterThan(0.1);
    });

    it('trap 3: 2N - 1 terms, the positive among them: collapse gives ln(2N - 1), so does orthogonality at a large temperature', () => {
      const collapsed = Array.from({ length: 8 }, () => [1, 2, 3]);
      expect(relativeError(ntXent(tf.tensor2d(collapsed), { temperature: 0.1 }), Math.log(7))).toBeLessThan(1e-5);
      const orthogonal = tf.eye(8);
      expect(relativeError(ntXent(orthogonal, { temperature: 100 }), Math.log(7))).toBeLessThan(1e-5);
    });

    it('trap 4: no overflow at temperatures where exp(1 / tau) is infinite in float32', () => {
      const { value, grad } = valueAndGradient(golden(), (z) => ntXent(z, { temperature: 0.001 }));
      expect(Number.isFinite(value.dataSync()[0])).toBe(true);
      expect(grad.dataSync().every(Number.isFinite)).toBe(true);
    });

    it('trap 5: a zero embedding gives numbers, not NaN', () => {
      const { value, grad } = valueAndGradient([[0, 0, 0], ...golden().slice(1)], (z) =>
        ntXent(z, { temperature: 0.5 }),
      );
      expect(Number.isFinite(value.dataSync()[0])).toBe(true);
      expect(grad.dataSync().every(Number.isFinite)).toBe(true);
    });

    it.each([2, 3])(
      'trap 7: labels of %i views follow the rank: rows split over ranks give the loss of one process',
      (views) => {
        const { whole, split } = compareRanks(wave(4 * views, 3, 0), views, 2, (u, collective) =>
          ntXent(u, { temperature: 0.5, views, normalize: false, ...(collective && { collective }) }),
        );
        expect(split).toBeCloseTo(whole, 5);
      },
    );

    it.each([2, 3])(
      'trap 8: gradients of %i views cross ranks: averaged over ranks they are those of one process',
      (views) => {
        const { gradientError } = compareRanks(wave(4 * views, 3, 0), views, 2, (u, collective) =>
          ntXent(u, { temperature: 0.5, views, normalize: false, ...(collective && { collective }) }),
        );
        expect(gradientError).toBeLessThan(1e-4);
      },
    );

    it('trap 9: the mean of logarithms, as plain loops compute it', () => {
      const z = [...wave(5, 6, 1), ...wave(5, 6, 1.4)];
      expect(relativeError(ntXent(tf.tensor2d(z), { temperature: 0.3 }), slow(z, 0.3))).toBeLessThan(1e-5);
      // Minus the logarithm of the mean share, as some write it, is another number here, so the line above shows something.
      const unit = unitRows(z);
      const shares = unit.map((row, i) => {
        const weights = unit.map((other) => Math.exp(row.reduce((sum, x, d) => sum + x * (other[d] ?? NaN), 0) / 0.3));
        return (weights[(i + 5) % 10] ?? NaN) / weights.reduce((sum, weight, k) => (k === i ? sum : sum + weight), 0);
      });
      const wrong = -Math.log(shares.reduce((a, b) => a + b) / 10);
      expect(Math.abs(wrong / slow(z, 0.3) - 1)).toBeGreaterThan(0.01);
    });
  });

  describe('more than two views', () => {
    const z = [...wave(4, 3, 0), ...wave(4, 3, 0.3), ...wave(4, 3, 0.8)];

    it.each([0.1, 0.5])(
      'every ordered pair of crops, against all crops of other images, temperature %f',
      (temperature) => {
        const { value, grad } = valueAndGradient(z, (x) => ntXent(x, { temperature, views: 3 }));
        expect(relativeError(value, slowMultiCrop(z, 3, temperature))).toBeLessThan(1e-5);
        const numeric = numericGradient(z, (moved) => slowMultiCrop(moved, 3, temperature));
        expect(errorOfLargest(grad, numeric)).toBeLessThan(1e-4);
      },
    );

    it('is the two-view loss where there are two', () => {
      expect(slowMultiCrop(golden(), 2, 0.5)).toBeCloseTo(0.5486382383790126, 12);
      const two = multiCropNtXent(tf.tensor2d(unitRows(golden())), 4, 2, 0.5, singleProcess);
      expect(relativeError(two, 0.5486382383790126)).toBeLessThan(1e-5);
    });

    it('does not care which crop comes first, nor for the order of images', () => {
      const loss = (rows: number[][]) => ntXent(tf.tensor2d(rows), { temperature: 0.5, views: 3 }).dataSync()[0];
      const view = (v: number) => z.slice(4 * v, 4 * v + 4);
      expect(loss([...view(2), ...view(0), ...view(1)])).toBeCloseTo(loss(z) ?? NaN, 5);
      expect(loss([0, 1, 2].flatMap((v) => view(v).reverse()))).toBeCloseTo(loss(z) ?? NaN, 5);
    });

    it('trap 3: collapse gives ln(1 + V (N - 1)); crops of one image do not repel', () => {
      const collapsed = tf.tensor2d(Array.from({ length: 12 }, () => [1, 2, 3]));
      expect(relativeError(ntXent(collapsed, { temperature: 0.1, views: 3 }), Math.log(10))).toBeLessThan(1e-5);
      const oneImage = ntXent(tf.tensor2d(wave(3, 4, 0.1)), { temperature: 0.1, views: 3 });
      expect(oneImage.dataSync()[0]).toBe(0);
    });

    it('refuses one view', () => {
      expect(() => ntXent(tf.tensor2d(wave(4, 3, 0)), { temperature: 0.5, views: 1 })).toThrow(
        /4 embeddings for 1 view/,
      );
    });
  });

  it('leaks nothing, with and without gradients', () => {
    const count = leaked(() => {
      ntXent(tf.tensor2d(golden()), { temperature: 0.5, collective: singleProcess });
      valueAndGradient(golden(), (z) => ntXent(z, { temperature: 0.5 }));
    });
    expect(count).toBe(0);
  });
});
