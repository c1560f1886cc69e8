import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { describeEngines } from '@tessera/testing';
import { expect, it } from 'vitest';
import { errorOfLargest, leaked, readOracle, relativeError, wave } from '../testdata/read.ts';
import { negativeCosine, type CosineReduction } from './negative-cosine.ts';

interface Wanted {
  readonly loss: number;
  readonly gradP1: number[][];
  readonly gradP2: number[][];
}

interface Case extends Readonly<Record<CosineReduction, Wanted>> {
  readonly batch: number;
  readonly dim: number;
  readonly p1: number[][];
  readonly p2: number[][];
  readonly z1: number[][];
  readonly z2: number[][];
  readonly lightlyByolLoss: number;
}

const { cases } = readOracle('negative_cosine') as { readonly cases: Case[] };

const run = ({ p1, p2, z1, z2 }: Pick<Case, 'p1' | 'p2' | 'z1' | 'z2'>, reduction: CosineReduction) =>
  tf.valueAndGrads((...p: Tensor[]) => negativeCosine(p as Tensor2D[], [tf.tensor2d(z1), tf.tensor2d(z2)], reduction))([
    tf.tensor2d(p1),
    tf.tensor2d(p2),
  ]);

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  for (const reduction of ['simsiam', 'byol'] as const)
    it.each(cases.map((one) => [one.batch, one.dim, one] as const))(
      `${reduction}: %i images, width %i: the loss and gradients of float64 autograd`,
      (_batch, _dim, one) => {
        const { value, grads } = run(one, reduction);
        const [gradP1, gradP2] = grads as [Tensor, Tensor];
        const want = one[reduction];
        expect(relativeError(value, want.loss)).toBeLessThan(1e-5);
        expect(errorOfLargest(gradP1, want.gradP1)).toBeLessThan(1e-4);
        expect(errorOfLargest(gradP2, want.gradP2)).toBeLessThan(1e-4);
      },
    );

  it.each(cases.map((one) => [one.batch, one] as const))("%i images: lightly's BYOL is byol less 4", (_batch, one) => {
    const { value } = run(one, 'byol');
    expect((value.dataSync()[0] ?? NaN) - 4).toBeCloseTo(one.lightlyByolLoss, 5);
  });

  it('with multi-crop, every crop predicts the large crops but itself', () => {
    const [p0, p1, p2, z0, z1] = [0, 1, 2, 3, 4].map((o) => wave(4, 3, o)) as [
      number[][],
      number[][],
      number[][],
      number[][],
      number[][],
    ];
    const cosine = (a: number[][], b: number[][]): number =>
      a
        .map((row, i) => {
          const other = b[i] ?? [];
          return row.reduce((sum, x, d) => sum + x * (other[d] ?? NaN), 0) / Math.hypot(...row) / Math.hypot(...other);
        })
        .reduce((x, y) => x + y) / a.length;
    const pairs = [cosine(p1, z0), cosine(p2, z0), cosine(p0, z1), cosine(p2, z1)];
    const mean = pairs.reduce((x, y) => x + y) / 4;
    const online = [p0, p1, p2].map((p) => tf.tensor2d(p));
    const got = negativeCosine(online, [tf.tensor2d(z0), tf.tensor2d(z1)], 'simsiam');
    expect(got.dataSync()[0]).toBeCloseTo(-mean, 6);
  });

  it('a zero prediction gives numbers, and nothing leaks', () => {
    const z = wave(3, 4, 1);
    const p = [[0, 0, 0, 0], ...wave(2, 4, 0)];
    const count = leaked(() => {
      const { value, grads } = run({ p1: p, p2: p, z1: z, z2: z }, 'simsiam');
      expect([value, ...grads].every((x) => x.dataSync().every(Number.isFinite))).toBe(true);
    });
    expect(count).toBe(0);
  });
});
