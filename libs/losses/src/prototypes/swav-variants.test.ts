/** Several heads, soft and hard codes, on every engine. */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { openEngine } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { expect, it } from 'vitest';
import { hardCodes } from './hard-codes.ts';
import { prototypeLoss } from './prototype-loss.ts';
import { errorOfLargest, leaked, readOracle, relativeError } from '../testdata/read.ts';

interface Oracle {
  readonly multiHead: {
    readonly embeddings: number[][];
    /** [heads][K][D] */
    readonly prototypes: number[][][];
    readonly cases: {
      readonly hardCodes: boolean;
      readonly loss: number;
      readonly gradEmbeddings: number[][];
      readonly gradPrototypes: number[][][];
    }[];
  };
}

const { embeddings, prototypes, cases } = (readOracle('swav_variants') as Oracle).multiHead;
const inputs = () => [tf.tensor2d(embeddings), ...prototypes.map((head) => tf.tensor2d(head))];

/** The mean of the heads' losses. */
function lossOf(codes: 'soft' | 'hard', z_RD: Tensor2D, heads: readonly Tensor2D[]): Scalar {
  const options = { crops: 2, cropsForAssign: [0, 1], temperature: 0.1, epsilon: 0.05, iterations: 3, codes } as const;
  const losses = heads.map((head_KD) => prototypeLoss(z_RD, tf.transpose(head_KD), options).loss);
  return tf.div(tf.addN(losses), losses.length);
}

await describeEngines(['cpu', 'wasm', 'torch', 'tensorflow'], () => {
  it.each(cases.map((one) => [one.hardCodes ? 'hard' : 'soft', one] as const))(
    'two heads, %s codes: the loss and gradients of float64 autograd',
    (codes, one) => {
      const { value, grads } = tf.valueAndGrads((...[z, ...heads]: Tensor[]) =>
        lossOf(codes, z as Tensor2D, heads as Tensor2D[]),
      )(inputs());
      const [gradEmbeddings, ...gradPrototypes] = grads as [Tensor, ...Tensor[]];
      expect(relativeError(value, one.loss)).toBeLessThan(1e-5);
      expect(errorOfLargest(gradEmbeddings, one.gradEmbeddings)).toBeLessThan(1e-4);
      expect(errorOfLargest(tf.concat(gradPrototypes), one.gradPrototypes.flat())).toBeLessThan(1e-4);
    },
  );

  it.each(['soft', 'hard'] as const)('leaks nothing with %s codes', (codes) => {
    const count = leaked(() => {
      tf.grads((...[z, ...heads]: Tensor[]) => lossOf(codes, z as Tensor2D, heads as Tensor2D[]))(inputs());
    });
    expect(count).toBe(0);
  });
});

it('hard codes: one prototype a sample, the first of equals', async () => {
  await openEngine('cpu');
  const codes = tf.tensor2d([
    [0.2, 0.5, 0.3],
    [0.4, 0.2, 0.4],
  ]);
  expect(hardCodes(codes).arraySync()).toEqual([
    [0, 1, 0],
    [1, 0, 0],
  ]);
});
