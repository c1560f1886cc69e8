import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openEngine, UpdateCollector } from './index.ts';

let variable: tf.Variable;
let before: number;

beforeAll(() => openEngine('cpu'));
beforeEach(() => {
  variable = tf.variable(tf.tensor1d([1, 2]));
  before = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(before);
  variable.dispose();
});

const read = (): number[] => [...variable.dataSync()];

describe('UpdateCollector', () => {
  it('changes nothing before the commit and applies in the order of the calls', () => {
    const updates = new UpdateCollector();
    tf.tidy(() => {
      updates.accumulate(variable, tf.tensor1d([1, 1]));
      updates.blend(variable, tf.tensor1d([10, 10]), 0.5);
      updates.accumulate(variable, tf.tensor1d([1, 0]));
    });
    expect(read()).toEqual([1, 2]);
    updates.commit();
    expect(read()).toEqual([7, 6.5]);
  });

  it('blends with momentum as torch does: new = (1 - m) old + m value', () => {
    const updates = new UpdateCollector();
    tf.tidy(() => {
      updates.blend(variable, tf.tensor1d([11, 12]), 0.1);
    });
    updates.commit();
    expect(read()[0]).toBeCloseTo(2, 6);
    expect(read()[1]).toBeCloseTo(3, 6);
  });

  it('runs deferred functions in their place', () => {
    const updates = new UpdateCollector();
    const seen: number[][] = [];
    tf.tidy(() => {
      updates.defer(() => seen.push(read()));
      updates.assign(variable, tf.tensor1d([5, 5]));
      updates.defer(() => seen.push(read()));
    });
    expect(updates.size).toBe(3);
    updates.commit();
    expect(seen).toEqual([
      [1, 2],
      [5, 5],
    ]);
    expect(updates.size).toBe(0);
  });

  it('commits once', () => {
    const updates = new UpdateCollector();
    updates.accumulate(variable, tf.tensor1d([1, 1]));
    updates.commit();
    updates.commit();
    expect(read()).toEqual([2, 3]);
  });

  it('discards without a trace', () => {
    const updates = new UpdateCollector();
    let ran = false;
    tf.tidy(() => {
      updates.assign(variable, tf.tensor1d([5, 5]));
      updates.defer(() => {
        ran = true;
      });
    });
    updates.discard();
    updates.commit();
    expect(read()).toEqual([1, 2]);
    expect(ran).toBe(false);
  });

  it('frees what is left when a deferred function throws', () => {
    const updates = new UpdateCollector();
    tf.tidy(() => {
      updates.accumulate(variable, tf.tensor1d([1, 1]));
      updates.defer(() => {
        throw new Error('stop');
      });
      updates.accumulate(variable, tf.tensor1d([9, 9]));
    });
    expect(() => {
      updates.commit();
    }).toThrow('stop');
    expect(read()).toEqual([2, 3]);
  });

  it('takes values from inside a gradient', () => {
    const updates = new UpdateCollector();
    tf.tidy(() => {
      tf.grad((x) => {
        updates.assign(variable, tf.mul(x, 2));
        return tf.sum(x);
      })(tf.tensor1d([3, 4]));
    });
    updates.commit();
    expect(read()).toEqual([6, 8]);
  });

  it('leaves a variable that is handed in as a value to its owner, and takes its numbers at the call', () => {
    const source = tf.tidy(() => tf.variable(tf.tensor1d([11, 12])));
    const updates = new UpdateCollector();
    updates.blend(variable, source, 0.5);
    updates.assign(source, tf.tensor1d([0, 0]));
    updates.commit();
    expect(read()).toEqual([6, 7]);
    expect(source.isDisposed).toBe(false);
    updates.accumulate(variable, source);
    updates.discard();
    expect([...source.dataSync()]).toEqual([0, 0]);
    source.dispose();
  });
});
