/** knn.json: classes ranked by weighted votes. */
import { knnPredict } from '@tessera/evaluation';
import * as tf from '@tensorflow/tfjs-core';
import type { Measurement } from '../measurement.ts';

interface File {
  readonly k: number;
  readonly temperature: number;
  readonly classes: number;
  readonly bank: number[][];
  readonly bankLabels: number[];
  readonly queries: number[][];
  readonly ranking: number[][];
}

export function* knn(file: unknown): Iterable<Measurement> {
  const { k, temperature, classes, bank, bankLabels, queries, ranking } = file as File;
  const { votes, predictions } = knnPredict({
    bank_ND: tf.tensor2d(bank),
    queries_MD: tf.tensor2d(queries),
    labels: Int32Array.from(bankLabels),
    classes,
    k,
    temperature,
  });
  const wrong = queries.filter((_, row) => predictions[row] !== ranking[row]?.[0]).length;
  yield { case: `k ${k}`, quantity: 'first class, queries that differ', error: wrong, tolerance: 0 };
  // How far a class lies above one that the oracle ranks before it.
  let inversion = ranking.length === queries.length ? 0 : NaN;
  ranking.forEach((order, row) => {
    const score = (label: number | undefined): number => votes[row * classes + (label ?? NaN)] ?? NaN;
    order.slice(1).forEach((label, i) => {
      const above = score(label) - score(order[i]);
      if (!(above <= inversion)) inversion = above;
    });
  });
  yield { case: `k ${k}`, quantity: 'ranking, largest inversion', error: inversion, tolerance: 1e-5 };
}
