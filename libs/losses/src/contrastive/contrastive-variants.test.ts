/** NT-Logistic and the margin triplet loss, on every engine. */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { describeEngines } from '@tessera/testing';
import { expect, it } from 'vitest';
import { marginTriplet } from './margin-triplet.ts';
import type { NegativeOptions } from './mean-over-positives.ts';
import { ntLogistic } from './nt-logistic.ts';
import { errorOfLargest, leaked, readOracle, relativeError } from '../testdata/read.ts';

interface Case extends Required<Pick<NegativeOptions, 'negatives' | 'semiHard'>> {
  readonly objective: 'nt-logistic' | 'margin-triplet';
  readonly temperature: number | null;
  readonly margin: number | null;
  readonly z: number[][];
  readonly loss: number;
  readonly gradZ: number[][];
}

const { cases } = readOracle('contrastive_variants') as { cases: Case[] };

function lossOf({ objective, negatives, semiHard, temperature, margin }: Case, z: Tensor2D): Scalar {
  return objective === 'nt-logistic'
    ? ntLogistic(z, { temperature: temperature ?? NaN, negatives, semiHard })
    : marginTriplet(z, { margin: margin ?? NaN, negatives, semiHard });
}

await describeEngines(['cpu', 'wasm', 'torch', 'tensorflow'], () => {
  it.each(cases.map((one) => [one.objective, one.negatives, one.semiHard, one] as const))(
    '%s, negatives %s, semi-hard %s: the loss and gradient of float64 autograd',
    (_objective, _negatives, _semiHard, one) => {
      const { value, grad } = tf.valueAndGrad((x: Tensor) => lossOf(one, x as Tensor2D))(tf.tensor2d(one.z));
      expect(relativeError(value, one.loss)).toBeLessThan(1e-5);
      expect(errorOfLargest(grad, one.gradZ)).toBeLessThan(1e-4);
    },
  );

  it('leaks nothing, with and without gradients', () => {
    for (const one of cases) {
      const count = leaked(() => {
        lossOf(one, tf.tensor2d(one.z));
        tf.grad((x: Tensor) => lossOf(one, x as Tensor2D))(tf.tensor2d(one.z));
      });
      expect(count).toBe(0);
    }
  });
});
