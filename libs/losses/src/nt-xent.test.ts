import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { singleProcess, type Collective } from '@tessera/core';
import { openEngine } from '@tessera/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { ntXent, type NtXentReduction } from './nt-xent.ts';
import { errorOfLargest, leaked, readOracle, relativeError, wave } from './testdata/read.ts';

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
  const unit = z.map((row) => row.map((value) => value / Math.hypot(...row)));
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

beforeAll(async () => {
  await openEngine('cpu');
});

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

  it('without normalisation, equals normalising beforehand when rows already have unit length', () => {
    const unit = golden().map((row) => row.map((value) => value / Math.hypot(...row)));
    const loss = ntXent(tf.tensor2d(unit), { temperature: 0.5, normalize: false });
    expect(relativeError(loss, 0.5486382383790126)).toBeLessThan(1e-5);
  });
});

describe('traps', () => {
  it('1: google is exactly twice the mean over 2N', () => {
    const z = tf.tensor2d(golden());
    const mean = ntXent(z, { temperature: 0.5 }).dataSync()[0] ?? NaN;
    expect(ntXent(z, { temperature: 0.5, reduction: 'google' }).dataSync()[0]).toBe(2 * mean);
  });

  it('2: the positive of i is i +- N: reordering images changes nothing, interleaving views does', () => {
    const z = golden();
    const loss = (rows: number[][]) => ntXent(tf.tensor2d(rows), { temperature: 0.5 }).dataSync()[0] ?? NaN;
    const pick = (order: number[]) => order.map((i) => z[i] ?? []);
    expect(loss(pick([2, 0, 3, 1, 6, 4, 7, 5]))).toBeCloseTo(loss(z), 6);
    expect(Math.abs(loss(pick([0, 4, 1, 5, 2, 6, 3, 7])) - loss(z))).toBeGreaterThan(0.1);
  });

  it('3: 2N - 1 terms, the positive among them: collapse gives ln(2N - 1), so does orthogonality at a large temperature', () => {
    const collapsed = Array.from({ length: 8 }, () => [1, 2, 3]);
    expect(relativeError(ntXent(tf.tensor2d(collapsed), { temperature: 0.1 }), Math.log(7))).toBeLessThan(1e-5);
    const orthogonal = tf.eye(8);
    expect(relativeError(ntXent(orthogonal, { temperature: 100 }), Math.log(7))).toBeLessThan(1e-5);
  });

  it('4: no overflow at temperatures where exp(1 / tau) is infinite in float32', () => {
    const { value, grad } = valueAndGradient(golden(), (z) => ntXent(z, { temperature: 0.001 }));
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    expect(grad.dataSync().every(Number.isFinite)).toBe(true);
  });

  it('5: a zero embedding gives numbers, not NaN', () => {
    const { value, grad } = valueAndGradient([[0, 0, 0], ...golden().slice(1)], (z) => ntXent(z, { temperature: 0.5 }));
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    expect(grad.dataSync().every(Number.isFinite)).toBe(true);
  });

  it('7, 8: rows split over ranks give the loss and, averaged over ranks, the gradient of one process', () => {
    const images = 4;
    const world = 2;
    const z = golden();
    const whole = valueAndGradient(z, (x) => ntXent(x, { temperature: 0.5 }));
    // Rank r has images 2r and 2r + 1; its rows are view-major.
    const rowsOf = (rank: number) => [0, 1].flatMap((view) => [0, 1].map((i) => view * images + rank * 2 + i));
    const parts = [0, 1].map((rank) => tf.tensor2d(rowsOf(rank).map((row) => z[row] ?? [])));
    // All ranks in one process: the gathered embeddings are one differentiable concatenation, the sum of losses is taken afterwards.
    const localLosses: number[] = [];
    const total = (...ranks: Tensor[]) => {
      const units = ranks.map((x) => tf.div<Tensor2D>(x, tf.norm(x, 2, 1, true)));
      const gathered = tf.concat(units);
      const losses = units.map((unit, rank) => {
        const collective = {
          rank,
          worldSize: world,
          allGather: () => gathered,
          allReduceSum: (x: Tensor) => {
            localLosses.push(x.dataSync()[0] ?? NaN);
            return tf.mul(x, world);
          },
        } as Collective;
        return ntXent(unit, { temperature: 0.5, normalize: false, collective });
      });
      return tf.addN(losses);
    };
    const { grads } = tf.valueAndGrads(total)(parts);
    expect((localLosses[0] ?? NaN) / world + (localLosses[1] ?? NaN) / world).toBeCloseTo(
      whole.value.dataSync()[0] ?? NaN,
      5,
    );
    const expected = whole.grad.arraySync();
    grads.forEach((grad, rank) => {
      const want = rowsOf(rank).map((row) => expected[row] ?? []);
      // The sum of every rank's mean is worldSize times the mean; the trainer divides by worldSize when it averages.
      expect(errorOfLargest(tf.div(grad, world), want)).toBeLessThan(1e-4);
    });
  });

  it('9: the mean of logarithms, as plain loops compute it', () => {
    const z = [...wave(5, 6, 1), ...wave(5, 6, 1.4)];
    expect(relativeError(ntXent(tf.tensor2d(z), { temperature: 0.3 }), slow(z, 0.3))).toBeLessThan(1e-5);
  });
});

describe('more than two views', () => {
  it('is the mean over pairs of views', () => {
    const views = [wave(4, 3, 0), wave(4, 3, 0.3), wave(4, 3, 0.8)] as const;
    const pairs = [
      [...views[0], ...views[1]],
      [...views[0], ...views[2]],
      [...views[1], ...views[2]],
    ];
    const mean = pairs.reduce((sum, z) => sum + slow(z, 0.5), 0) / 3;
    expect(relativeError(ntXent(tf.tensor2d(views.flat()), { temperature: 0.5, views: 3 }), mean)).toBeLessThan(1e-5);
  });

  it('refuses one view', () => {
    expect(() => ntXent(tf.tensor2d(wave(4, 3, 0)), { temperature: 0.5, views: 1 })).toThrow(/4 embeddings for 1 view/);
  });
});

it('leaks nothing, with and without gradients', () => {
  const count = leaked(() => {
    ntXent(tf.tensor2d(golden()), { temperature: 0.5, collective: singleProcess });
    valueAndGradient(golden(), (z) => ntXent(z, { temperature: 0.5 }));
  });
  expect(count).toBe(0);
});
