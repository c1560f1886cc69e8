import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { COUNT, POSITIVE, requireNumbers } from '@tessera/core';
import { normalizeRows } from '../normalize-rows.ts';

/** Inputs of {@link knnPredict}. N bank images, M queries, D feature width, C classes. */
export interface KnnInput {
  /** [N, D], any norm. */
  readonly bank_ND: Tensor2D;
  /** Class of each bank row, 0..C-1. */
  readonly labels: Int32Array;
  /** [M, D], any norm. */
  readonly queries_MD: Tensor2D;
  /** C. */
  readonly classes: number;
  /** Neighbours that vote; at most N are used. */
  readonly k: number;
  /** t of the weight exp(similarity / t); positive. */
  readonly temperature: number;
  /** Queries per similarity matrix, which bounds memory to chunk x N floats. */
  readonly chunk?: number;
}

/** What {@link knnPredict} returns. */
export interface KnnOutput {
  /** [M] the class with most votes, the lowest of equals. */
  readonly predictions: Int32Array;
  /** [M * C] row-major votes, each row divided by the weight of its nearest neighbour (no overflow at small temperatures). */
  readonly votes: Float64Array;
  /** Neighbours that voted: min(k, N). */
  readonly k: number;
}

/**
 * Weighted k-nearest-neighbour classification on cosine similarity: votes_c = sum over the k nearest of exp(s_i / t) [label_i = c]
 * (Wu et al. 2018, "Unsupervised feature learning via non-parametric instance discrimination", section 3.4; lightly's `knn_predict`).
 * @throws TesseraError `E_OPTION_INVALID` on a temperature that is not above 0, or `k`, `chunk` or `classes` that are no counts
 */
export function knnPredict({
  bank_ND,
  labels,
  queries_MD,
  classes,
  k,
  temperature,
  chunk = 1024,
}: KnnInput): KnnOutput {
  requireNumbers('knnPredict', { temperature }, POSITIVE);
  requireNumbers('knnPredict', { k, chunk, classes }, COUNT);
  const [bankSize] = bank_ND.shape;
  const [queryCount, width] = queries_MD.shape;
  const used = Math.min(k, bankSize);
  const votes = new Float64Array(queryCount * classes);
  const bank = tf.tidy(() => normalizeRows(bank_ND));
  for (let start = 0; start < queryCount; start += chunk) {
    const rows = Math.min(chunk, queryCount - start);
    const [similarity, index] = tf.tidy(() => {
      const queries = normalizeRows(tf.slice(queries_MD, [start, 0], [rows, width]));
      const { values, indices } = tf.topk(tf.matMul<Tensor2D>(queries, bank, false, true), used, true);
      return [values, indices];
    });
    addVotes(votes.subarray(start * classes), similarity.dataSync<'float32'>(), index.dataSync<'int32'>(), {
      rows,
      used,
      classes,
      labels,
      temperature,
    });
    tf.dispose([similarity, index]);
  }
  bank.dispose();
  return { predictions: argmaxRows(votes, classes), votes, k: used };
}

interface VoteShape {
  readonly rows: number;
  readonly used: number;
  readonly classes: number;
  readonly labels: Int32Array;
  readonly temperature: number;
}

function addVotes(
  votes: Float64Array,
  similarity: Float32Array,
  index: Int32Array,
  { rows, used, classes, labels, temperature }: VoteShape,
): void {
  for (let row = 0; row < rows; row++) {
    const largest = similarity[row * used] ?? 0;
    for (let j = row * used; j < (row + 1) * used; j++) {
      const slot = row * classes + (labels[index[j] ?? 0] ?? 0);
      votes[slot] = (votes[slot] ?? 0) + Math.exp(((similarity[j] ?? 0) - largest) / temperature);
    }
  }
}

function argmaxRows(values: Float64Array, width: number): Int32Array {
  const best = new Int32Array(values.length / width);
  for (let row = 0; row < best.length; row++) {
    const line = values.subarray(row * width, (row + 1) * width);
    best[row] = line.reduce((top, value, column) => (value > (line[top] ?? 0) ? column : top), 0);
  }
  return best;
}

/** Share of equal entries, 0..1. */
export function accuracy(predictions: Int32Array, labels: Int32Array): number {
  let hits = 0;
  predictions.forEach((prediction, i) => {
    if (prediction === labels[i]) hits++;
  });
  return hits / Math.max(1, labels.length);
}
