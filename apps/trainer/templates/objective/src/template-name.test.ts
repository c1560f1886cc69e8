import * as tf from '@tensorflow/tfjs-core';
import { openEngine } from '@tessera/engine';
import { testObjective } from '@tessera/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { alignment, templateNameObjective, uniformity } from './template-name.ts';

// What every objective must hold to: gradients, finite differences, no leaks, a state that round-trips, and more.
testObjective(templateNameObjective, { badOptions: { weight: -1, t: 0 } });

// What only yours must: its numbers. Better than these are numbers of a reference implementation.
describe('the formulas', () => {
  beforeAll(async () => {
    await openEngine('cpu');
  });

  it('have the values that can be worked out by hand', () => {
    tf.tidy(() => {
      const [east, west] = [
        [1, 0],
        [-1, 0],
      ];
      const u_BD = tf.tensor2d([east, west]);
      expect(alignment(u_BD, tf.tensor2d([east, east])).dataSync()[0]).toBeCloseTo(2); // (0 + 4) / 2
      expect(uniformity(u_BD, 2).dataSync()[0]).toBeCloseTo(-8); // log exp(-2 * 4)
      expect(uniformity(tf.tensor2d([east, east]), 2).dataSync()[0]).toBeCloseTo(0);
    });
  });
});
