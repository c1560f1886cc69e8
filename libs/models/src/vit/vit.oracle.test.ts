/** ViTs against timm in float64, and both ways of resampling position embeddings, on the engines that there are. */
import { rootKey, type TokenEncoder } from '@tessera/core';
import { evaluationForward, fromTorchLayout, toTorchLayout } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  noise,
  readVitOracle,
  vitOracleImages,
  vitOracleName,
  vitOracleOptions,
  vitOracleTensor,
  vitOracleWeights,
  type VitCase,
} from '../testdata/vit-oracle.ts';
import { resampleGrid } from './resample-grid.ts';
import { vitEncoder } from './vit.ts';

const { hashCheck, cases, posEmbed } = readVitOracle();

function build(oracle: VitCase): TokenEncoder {
  const context = { key: rootKey(0), inputChannels: 3, scope: '' };
  const encoder = vitEncoder.build(vitOracleOptions(oracle), context) as TokenEncoder;
  const named = new Map(encoder.variables().map(({ name, variable }) => [name, variable]));
  expect([...named.keys()].sort()).toEqual(oracle.tensors.map(({ name }) => name).sort());
  oracle.tensors.forEach(({ name, shape }, n) => {
    tf.tidy(() => {
      const given = tf.tensor(vitOracleTensor(oracle, n), [...shape]);
      named.get(name)?.assign(fromTorchLayout(name, given));
      const exported = toTorchLayout(name, named.get(name) as tf.Tensor);
      expect(exported.shape, name).toEqual([...shape]);
      expect([...exported.dataSync()], name).toEqual([...given.dataSync()]);
    });
  });
  return encoder;
}

function imagesOf(oracle: VitCase): tf.Tensor4D {
  const { values, shape } = vitOracleImages(oracle);
  return tf.tidy(() => tf.transpose(tf.tensor4d(values, shape), [0, 2, 3, 1]));
}

function ofTheLargest(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual).toHaveLength(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs((actual[i] ?? NaN) - value))) / largest;
}

const flat = (nested: unknown): number[] => (nested as number[][]).flat(Infinity) as number[];

function expectGradients(
  encoder: TokenEncoder,
  loss: () => tf.Scalar,
  value: number,
  norms: Readonly<Record<string, number>>,
): void {
  tf.tidy(() => {
    const reached = encoder.variables().filter(({ name }) => norms[name] !== 0);
    const result = tf.variableGrads(
      loss,
      reached.map(({ variable }) => variable),
    );
    expect(Math.abs((result.value.dataSync()[0] ?? NaN) / value - 1), 'loss').toBeLessThan(1e-4);
    for (const { name, variable } of reached) {
      const got = tf.norm(result.grads[variable.name] as tf.Tensor).dataSync()[0] ?? NaN;
      expect(Math.abs(got / (norms[name] ?? NaN) - 1), `gradient of ${name}`).toBeLessThan(1e-3);
    }
  });
}

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  test.each(cases.map((oracle) => [vitOracleName(oracle), oracle] as const))(
    '%s: tokens, features and both gradients',
    (_name, oracle) => {
      const before = tf.memory().numTensors;
      const encoder = build(oracle);
      const x = imagesOf(oracle);
      tf.tidy(() => {
        expect(ofTheLargest(encoder.tokens(x, evaluationForward()).dataSync(), flat(oracle.tokens))).toBeLessThan(1e-4);
        expect(ofTheLargest(encoder.apply(x, evaluationForward()).dataSync(), flat(oracle.pooled))).toBeLessThan(1e-4);
      });
      expectGradients(
        encoder,
        () => tf.sum<tf.Scalar>(tf.square(encoder.tokens(x, evaluationForward()))),
        oracle.sumSquares,
        oracle.gradNormsSumSquares,
      );
      expectGradients(
        encoder,
        () => {
          const weights = tf.tensor2d(vitOracleWeights(oracle), [oracle.batch, oracle.width]);
          return tf.sum<tf.Scalar>(tf.mul(encoder.apply(x, evaluationForward()), weights));
        },
        oracle.weightedLoss,
        oracle.gradNormsWeighted,
      );
      x.dispose();
      encoder.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
    180_000,
  );
});

describe('position embeddings of another grid', () => {
  test('the hash that fills the oracle', () => {
    expect(hashCheck.values.map((_, i) => noise(hashCheck.k, i))).toEqual(hashCheck.values);
    expect(hashCheck.k7.map((_, i) => noise(7, 1000 + i))).toEqual(hashCheck.k7);
  });

  test.each(posEmbed)('$method: $gridBefore to $gridAfter', (oracle) => {
    const { gridBefore, gridAfter, method, prefixTokens, input, output, rowWeights } = oracle;
    const weights = resampleGrid(gridBefore, gridAfter, method);
    const patches = input.slice(prefixTokens);
    output.slice(prefixTokens).forEach((expected, token) => {
      expected.forEach((value, channel) => {
        const got = patches.reduce(
          (sum, patch, i) => sum + (weights[token * patches.length + i] ?? NaN) * (patch[channel] ?? NaN),
          0,
        );
        expect(Math.abs(got - value)).toBeLessThan(1e-5);
      });
    });
    // Weights of a column sum to 1, so that those along rows are sums of the products.
    const [rowsBefore, columnsBefore] = gridBefore;
    rowWeights.forEach((expected, row) => {
      const start = row * gridAfter[1] * rowsBefore * columnsBefore;
      expected.forEach((value, i) => {
        const from = start + i * columnsBefore;
        const got = weights.slice(from, from + columnsBefore).reduce((a, b) => a + b, 0);
        expect(Math.abs(got - value)).toBeLessThan(1e-5);
      });
    });
  });
});
