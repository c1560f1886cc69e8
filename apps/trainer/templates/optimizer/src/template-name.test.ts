import * as tf from '@tensorflow/tfjs-core';
import { openEngine } from '@tessera/engine';
import { testOptimizer } from '@tessera/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { templateNameOptimizer } from './template-name.ts';

// What every optimizer must hold to: a quadratic falls, frozen variables stay, a state that round-trips, no leaks, and more.
testOptimizer(templateNameOptimizer, { badOptions: { learningRate: 0, momentum: 1 } });

// What only yours must: its numbers. Better than these are numbers of a reference implementation.
describe('the update', () => {
  beforeAll(async () => {
    await openEngine('cpu');
  });

  it('has the values that can be worked out by hand', () => {
    const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, -2])));
    const optimizer = templateNameOptimizer.build(
      { momentum: 0.5 },
      { variables: [{ name: 'encoder/w', role: 'weight', variable }] },
    );
    const gradient = tf.tensor1d([1, 1]);
    optimizer.update({ 'encoder/w': gradient }, { learningRate: 0.1 }); // velocity 1
    optimizer.update({ 'encoder/w': gradient }, { learningRate: 0.1 }); // velocity 1.5
    const [first, second] = variable.dataSync();
    expect(first).toBeCloseTo(1 - 0.1 - 0.15);
    expect(second).toBeCloseTo(-2 - 0.1 - 0.15);
    optimizer.dispose();
    tf.dispose([gradient, variable]);
  });
});
