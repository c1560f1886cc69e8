import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { l2Normalize } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { expect, it } from 'vitest';
import { errorOfLargest, leaked, readOracle, relativeError } from '../testdata/read.ts';
import { instanceDiscrimination, movedBank } from './instance-discrimination.ts';

interface Case {
  readonly samples: number;
  readonly batch: number;
  readonly temperature: number;
  readonly momentum: number;
  readonly bankBefore: number[][];
  readonly steps: {
    readonly indices: number[];
    readonly features: number[][];
    readonly loss: number;
    readonly gradFeatures: number[][];
    readonly gradNormalised: number[][];
    readonly bankRowsAfter: number[][];
  }[];
  readonly bankAfter: number[][];
}

const { cases } = readOracle('instdisc') as { readonly cases: Case[] };

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(cases.map((one) => [one.batch, one.samples, one] as const))(
    '%i images of %i: losses, gradients and the bank of the reference, step by step',
    (_batch, _samples, { temperature, momentum, bankBefore, bankAfter, steps }) => {
      let bank_ND = tf.tensor2d(bankBefore);
      for (const { indices, features, loss, gradFeatures, gradNormalised, bankRowsAfter } of steps) {
        const ids_B = tf.tensor1d(indices, 'int32');
        const lossOf = (v: Tensor): Scalar => instanceDiscrimination(v as Tensor2D, bank_ND, ids_B, temperature);
        const x_BD = tf.tensor2d(features);
        const { value, grad } = tf.valueAndGrad((x: Tensor) => lossOf(l2Normalize(x as Tensor2D)))(x_BD);
        expect(relativeError(value, loss)).toBeLessThan(1e-5);
        expect(errorOfLargest(grad, gradFeatures)).toBeLessThan(1e-4);
        expect(errorOfLargest(tf.grad(lossOf)(l2Normalize(x_BD)), gradNormalised)).toBeLessThan(1e-4);
        bank_ND = movedBank(bank_ND, ids_B, l2Normalize(x_BD), momentum);
        expect(errorOfLargest(tf.gather(bank_ND, ids_B), bankRowsAfter)).toBeLessThan(1e-5);
      }
      expect(errorOfLargest(bank_ND, bankAfter)).toBeLessThan(1e-5);
    },
  );

  it('moves no row of the bank that it is given', () => {
    const bank_ND = tf.tensor2d([
      [1, 0],
      [0, 1],
      [0.6, 0.8],
    ]);
    const before = bank_ND.dataSync().slice();
    const moved = movedBank(bank_ND, tf.tensor1d([2], 'int32'), tf.tensor2d([[0.8, 0.6]]), 0.5);
    expect([...bank_ND.dataSync()]).toEqual([...before]);
    expect([...moved.dataSync()].map((value) => +value.toFixed(6))).toEqual([1, 0, 0, 1, 0.707107, 0.707107]);
  });

  it('leaks nothing', () => {
    const [one] = cases;
    if (!one) throw new Error('no case');
    const count = leaked(() => {
      const [bank_ND, v_BD] = [tf.tensor2d(one.bankBefore), tf.tensor2d(one.bankBefore.slice(2, 4))];
      const ids_B = tf.tensor1d([1, 4], 'int32');
      tf.valueAndGrad((v: Tensor) => instanceDiscrimination(v as Tensor2D, bank_ND, ids_B, 0.1))(v_BD);
      movedBank(bank_ND, ids_B, v_BD, 0.5);
    });
    expect(count).toBe(0);
  });
});
