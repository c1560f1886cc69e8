import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { openEngine } from '@tessera/engine';
import { inLockStep } from '@tessera/testing/lock-step';
import { beforeAll, describe, expect, it } from 'vitest';
import { prototypeLoss, type PrototypeLossOptions } from './prototype-loss.ts';
import { errorOfLargest, leaked, unitRows, wave } from '../testdata/read.ts';

const B = 6;
const D = 5;
const K = 4;
const options = { crops: 3, cropsForAssign: [0, 1], temperature: 0.1, epsilon: 0.05, iterations: 3 } as const;
const crop = (v: number) => unitRows(wave(B, D, 0.4 * v));
const embeddings = [crop(0), crop(1), crop(2)];
const prototypes = unitRows(wave(K, D, 2));
const queue = [unitRows(wave(4, D, 5)), unitRows(wave(4, D, 6))];

function valueAndGradients(z: number[][][], more: Partial<PrototypeLossOptions> = {}, centres = prototypes) {
  const { value, grads } = tf.valueAndGrads(
    (x: Tensor, c: Tensor) => prototypeLoss(x as Tensor2D, tf.transpose(c as Tensor2D), { ...options, ...more }).loss,
  )([tf.tensor2d(z.flat()), tf.tensor2d(centres)]);
  return { loss: value.dataSync()[0] ?? NaN, gradZ: grads[0] as Tensor2D, gradPrototypes: grads[1] as Tensor2D };
}

beforeAll(async () => {
  await openEngine('cpu');
});

describe('symmetry', () => {
  const loss = (codes: 'soft' | 'hard', z: number[][][], centres = prototypes) =>
    valueAndGradients(z, { codes }, centres).loss;

  it.each(['soft', 'hard'] as const)(
    '%s codes: assigned crops may change places, and so may images and prototypes',
    (codes) => {
      const [a = [], b = [], c = []] = embeddings;
      const whole = loss(codes, embeddings);
      expect(loss(codes, [b, a, c])).toBeCloseTo(whole, 4);
      expect(loss(codes, [c, b, a])).not.toBeCloseTo(whole, 2); // crop 2 has no code
      const reversed = embeddings.map((rows) => [...rows].reverse());
      expect(loss(codes, reversed)).toBeCloseTo(whole, 4);
      expect(loss(codes, embeddings, [...prototypes].reverse())).toBeCloseTo(whole, 4);
    },
  );
});

describe.each([1, 2, 3])('%i ranks', (world) => {
  it.each([
    ['soft', false],
    ['hard', false],
    ['soft', true],
  ] as const)('trap 12: %s codes, queue %s: loss and gradients of one process', (codes, withQueue) => {
    const share = B / world;
    const ranks = Array.from({ length: world }, (_, rank) => rank);
    const rowsOf = <T>(rows: readonly T[], rank: number, size: number) => rows.slice(rank * size, (rank + 1) * size);
    // The queue divides among 1 and 2 ranks; three get the first three rows.
    const past = queue.map((rows) => rows.slice(0, world === 3 ? 3 : 4));
    const whole = valueAndGradients(embeddings, {
      codes,
      ...(withQueue && { past: past.map((rows) => tf.tensor2d(rows)) }),
    });
    const results = inLockStep(ranks, (rank, collective) =>
      valueAndGradients(
        embeddings.map((rows) => rowsOf(rows, rank, share)),
        {
          codes,
          collective,
          ...(withQueue && {
            past: past.map((rows) => tf.tensor2d(rowsOf(rows, rank, rows.length / world))),
          }),
        },
      ),
    );
    const expected = whole.gradZ.arraySync();
    results.forEach(({ loss, gradZ }, rank) => {
      expect(loss).toBeCloseTo(whole.loss, 4);
      const own = [0, 1, 2].flatMap((v) => rowsOf(expected.slice(v * B, (v + 1) * B), rank, share));
      expect(errorOfLargest(tf.div(gradZ, world), own)).toBeLessThan(1e-4);
    });
    const average = tf.div(tf.addN(results.map(({ gradPrototypes }) => gradPrototypes)), world);
    expect(errorOfLargest(average, whole.gradPrototypes.arraySync())).toBeLessThan(1e-4);
  });
});

describe('traps', () => {
  it('trap 14: the past comes first and is left out of the loss; it is scored with the prototypes at hand', () => {
    const past = queue.map((rows) => tf.tensor2d(rows));
    const { balanced } = prototypeLoss(tf.tensor2d(embeddings.flat()), tf.transpose(tf.tensor2d(prototypes)), {
      ...options,
      past,
    });
    expect(balanced.map(({ shape }) => shape)).toEqual([
      [4 + B, K],
      [4 + B, K],
    ]);
    const moved = unitRows(wave(K, D, 2.5));
    const [before, after] = [prototypes, moved].map((centres) => {
      const result = prototypeLoss(tf.tensor2d(embeddings.flat()), tf.transpose(tf.tensor2d(centres)), {
        ...options,
        past,
      });
      return tf.slice(result.balanced[0] as Tensor2D, [0, 0], [4, -1]);
    });
    expect(tf.max(tf.abs(tf.sub(before as Tensor, after as Tensor))).dataSync()[0]).toBeGreaterThan(0.01);
  });

  it('trap 19: codes are constants: no gradient reaches the past, nor a crop by way of its own code', () => {
    const past = queue.map((rows) => tf.tensor2d(rows));
    const toPast = () =>
      tf.grad((x: Tensor) =>
        tf.add(
          prototypeLoss(tf.tensor2d(embeddings.flat()), tf.transpose(tf.tensor2d(prototypes)), {
            ...options,
            past: [x as Tensor2D, past[1]],
          }).loss,
          tf.sum(tf.mul(x, 0)),
        ),
      )(past[0] as Tensor);
    expect([...toPast().dataSync()].every((value) => value === 0)).toBe(true);
    const { gradZ } = valueAndGradients(embeddings, { cropsForAssign: [0] });
    expect(tf.max(tf.abs(tf.slice(gradZ, [0, 0], [B, -1]))).dataSync()[0]).toBe(0);
  });
});

it('leaks nothing', () => {
  const count = leaked(() => {
    valueAndGradients(embeddings, { past: queue.map((rows) => tf.tensor2d(rows)), codes: 'hard' });
  });
  expect(count).toBe(0);
});
