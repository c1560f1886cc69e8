/** The kit must fail where it should, and say why. That it passes where it should is shown by every extension of ours. */
import { openEngine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectFiniteDifferences, expectGradients, expectNoLeak } from './expectations.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

describe('the kit refuses', () => {
  it('a leak, and a tensor of somebody else that is disposed', () => {
    const kept = tf.scalar(1);
    const others: tf.Tensor[] = [];
    expect(() => {
      expectNoLeak(() => others.push(tf.scalar(2)));
    }).toThrow(/1 tensors are left over.*tf\.tidy/);
    expect(() => {
      expectNoLeak(() => {
        kept.dispose();
      });
    }).toThrow(/belongs to the caller/);
    tf.dispose(others);
  });

  it('gradients that are missing, zero or not finite, by name', () => {
    tf.tidy(() => {
      expect(() => {
        expectGradients(['head/weight'], [undefined]);
      }).toThrow(/no gradient reaches head\/weight/);
      expect(() => {
        expectGradients(['head/weight'], [tf.zeros([2])]);
      }).toThrow(/no gradient reaches head\/weight/);
      expect(() => {
        expectGradients(['head/weight'], [tf.tensor1d([1, NaN])]);
      }).toThrow(/NaN/);
      expectGradients(['head/weight'], [tf.tensor1d([1, 0])]);
    });
  });

  it('a gradient that finite differences contradict', () => {
    const w = tf.tidy(() => tf.variable(tf.tensor1d([0.5, -1, 2])));
    const right = (): tf.Scalar => tf.sum(tf.square(w));
    const doubled = tf.customGrad((x) => ({
      value: tf.square(x as tf.Tensor),
      gradFunc: (dy) => tf.mul(dy, tf.mul(4, x as tf.Tensor)),
    }));
    expectFiniteDifferences([w], right);
    expect(() => {
      expectFiniteDifferences([w], () => tf.sum(doubled(w as tf.Tensor)));
    }).toThrow(/differs from finite differences/);
    w.dispose();
  });
});
