import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { openEngine } from '@tessera/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { SlowSwav } from '../testdata/slow-swav.ts';
import { B, D, K, build, views, prototypesOf, lossOf } from '../testdata/small-swav.ts';
import { stepOf, noise } from '../testdata/toy.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

describe('queue', () => {
  it('trap 14: rescored with moving prototypes, pushed after use: what main_swav.py does, step by step', () => {
    const setting = {
      crops: 3,
      cropsForAssign: [0, 1],
      temperature: 0.1,
      epsilon: 0.05,
      iterations: 3,
      queueLength: 8,
      queueFromEpoch: 1,
    };
    const slow = new SlowSwav(setting);
    const objective = build({ queue: { length: 8, fromEpoch: 1 } });
    const prototypes = prototypesOf(objective);
    const used: boolean[] = [];
    for (let step = 0; step < 6; step++) {
      tf.tidy(() => {
        prototypes.assign(tf.add(prototypes, tf.mul(noise(step + 50, D, K), 0.2)));
      });
      objective.beforeStep?.(stepOf(B, step, 1).progress);
      const expected = slow.step(
        views(step).map((view) => view.arraySync()),
        tf.transpose(prototypes as Tensor as Tensor2D).arraySync(),
        step,
      );
      used.push(expected.usedQueue);
      expect(lossOf(objective, step, true, 1).loss / expected.loss).toBeCloseTo(1, 5);
      slow.queue?.forEach((rows, i) => {
        const got = objective.state().tensors[`objective/queue.${i}`]?.dataSync() ?? [];
        rows.flat().forEach((value, j) => {
          expect(got[j]).toBeCloseTo(value, 5);
        });
      });
    }
    // Fills in epochs 1 and 2, two batches of four; serves from epoch 3 on.
    expect(used).toEqual([false, false, false, true, true, true]);
  });

  it('trap 15: serves once its last slot is filled, from then on in every batch of every epoch', () => {
    const with_ = build({ queue: { length: 10, fromEpoch: 1 } });
    const without = build();
    // Three steps an epoch; batches of 4 fill 10 slots in the steps 3, 4 and 5.
    const differs = Array.from({ length: 12 }, (_, step) => {
      const [a, b] = [with_, without].map((objective) => lossOf(objective, step, true, 3).loss);
      return Math.abs((a ?? NaN) - (b ?? NaN)) > 1e-4;
    });
    expect(differs).toEqual([...Array<boolean>(6).fill(false), ...Array<boolean>(6).fill(true)]);
  });

  it('starts at a step too, and takes batches longer than itself', () => {
    const objective = build({ queue: { length: 3, fromStep: 2 } });
    for (const step of [0, 1]) lossOf(objective, step, true);
    expect(objective.state().json).toMatchObject({ filled: 0 });
    lossOf(objective, 2, true);
    expect(objective.state().json).toMatchObject({ filled: B });
    const [newest] = views(2);
    const first = tf.div<Tensor2D>(newest as Tensor2D, tf.norm(newest as Tensor2D, 2, 1, true)).arraySync()[0] ?? [];
    const got = objective.state().tensors['objective/queue.0']?.arraySync() as number[][];
    expect(got).toHaveLength(3);
    first.forEach((value, d) => {
      expect(got[0]?.[d]).toBeCloseTo(value, 5);
    });
  });
});
