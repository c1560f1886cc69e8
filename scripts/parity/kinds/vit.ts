/** vit.json: tokens, features and the gradients of two losses, and position embeddings of other grids, against float64. */
import { rootKey, type TokenEncoder } from '@tessera/core';
import { evaluationForward, fromTorchLayout } from '@tessera/engine';
import { resampleGrid, vitEncoder } from '@tessera/models';
import * as tf from '@tensorflow/tfjs-core';
import {
  vitOracleImages,
  vitOracleName,
  vitOracleOptions,
  vitOracleTensor,
  vitOracleWeights,
  type PositionCase,
  type VitCase,
  type VitOracle,
} from '../../../libs/models/src/testdata/vit-oracle.ts';
import { attempt, larger, largestDifference, ofTheLargest, relative, type Measurement } from '../measurement.ts';

export function* vit(file: unknown): Iterable<Measurement> {
  const { cases, posEmbed } = file as VitOracle;
  for (const oracle of cases) {
    const name = vitOracleName(oracle);
    yield* attempt(name, () => compare(name, oracle));
  }
  for (const oracle of posEmbed) {
    const name = `${oracle.method}: ${oracle.gridBefore.join(' x ')} to ${oracle.gridAfter.join(' x ')}`;
    yield* attempt(name, () => resampled(name, oracle));
  }
}

function* compare(name: string, oracle: VitCase): Iterable<Measurement> {
  const encoder = build(oracle);
  const { values, shape } = vitOracleImages(oracle);
  const x = tf.tidy(() => tf.transpose(tf.tensor4d(values, shape), [0, 2, 3, 1]));
  const forward = evaluationForward();
  const line = (quantity: string, error: number, tolerance: number) => ({ case: name, quantity, error, tolerance });
  yield line('tokens', ofTheLargest(encoder.tokens(x, forward), oracle.tokens), 1e-4);
  yield line('pooled', ofTheLargest(encoder.apply(x, forward), oracle.pooled), 1e-4);
  const squares = gradients(encoder, () => tf.sum(tf.square(encoder.tokens(x, forward))), oracle.gradNormsSumSquares);
  yield line('sumSquares', relative(squares.value, oracle.sumSquares), 1e-4);
  yield line('gradNormsSumSquares', squares.error, 1e-3);
  const weights = tf.tensor2d(vitOracleWeights(oracle), [oracle.batch, oracle.width]);
  const weighted = gradients(
    encoder,
    () => tf.sum(tf.mul(encoder.apply(x, forward), weights)),
    oracle.gradNormsWeighted,
  );
  yield line('weightedLoss', relative(weighted.value, oracle.weightedLoss), 1e-4);
  yield line('gradNormsWeighted', weighted.error, 1e-3);
  encoder.dispose();
}

function build(oracle: VitCase): TokenEncoder {
  const context = { key: rootKey(0), inputChannels: 3, scope: '' };
  const encoder = vitEncoder.build(vitOracleOptions(oracle), context) as TokenEncoder;
  const named = new Map(encoder.variables().map(({ name, variable }) => [name, variable]));
  oracle.tensors.forEach(({ name, shape }, n) => {
    const variable = named.get(name);
    if (!variable) throw new Error(`the encoder has no '${name}'`);
    tf.tidy(() => {
      variable.assign(fromTorchLayout(name, tf.tensor(vitOracleTensor(oracle, n), [...shape])));
    });
    named.delete(name);
  });
  if (named.size > 0) throw new Error(`the oracle has no ${[...named.keys()].join(', ')}`);
  return encoder;
}

/** The loss, and the largest error of a norm; a parameter that the loss does not reach has none to compare. */
function gradients(
  encoder: TokenEncoder,
  loss: () => tf.Scalar,
  norms: Readonly<Record<string, number>>,
): { readonly value: tf.Scalar; readonly error: number } {
  const reached = encoder.variables().filter(({ name }) => norms[name] !== 0);
  const { value, grads } = tf.variableGrads(
    loss,
    reached.map(({ variable }) => variable),
  );
  const errors = reached.map(({ name, variable }) => {
    const gradient = grads[variable.name];
    return relative(gradient && tf.norm(gradient), norms[name] ?? NaN);
  });
  return { value, error: errors.reduce(larger, 0) };
}

function* resampled(name: string, oracle: PositionCase): Iterable<Measurement> {
  const { gridBefore, gridAfter, method, prefixTokens, input, output } = oracle;
  const [before, after] = [gridBefore, gridAfter].map(([rows, columns]) => rows * columns) as [number, number];
  const weights = tf.tensor2d(resampleGrid(gridBefore, gridAfter, method), [after, before]);
  const got = tf.matMul(weights, tf.tensor2d(input.slice(prefixTokens).map((row) => [...row])));
  yield {
    case: name,
    quantity: 'posEmbed',
    error: largestDifference(got, output.slice(prefixTokens)),
    tolerance: 1e-5,
  };
}
