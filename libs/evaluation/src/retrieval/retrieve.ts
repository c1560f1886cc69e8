import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { normalizeRows } from '../normalize-rows.ts';

/**
 * How many rows find their own other view: row i is right where, of all rows of `candidates_ND`, row i has the largest cosine similarity
 * to it; of equals the first counts, so features that are all the same find one of N, which is chance. A zero row is as near to any.
 * @param queries_ND [N, D], any norm @param candidates_ND [N, D], any norm; row i shows the image of query i
 * @returns 0..N
 */
export function retrievedRows(queries_ND: Tensor2D, candidates_ND: Tensor2D): number {
  const nearest = tf.tidy(() =>
    tf.argMax(tf.matMul<Tensor2D>(normalizeRows(queries_ND), normalizeRows(candidates_ND), false, true), 1),
  );
  const found = nearest.dataSync<'int32'>();
  nearest.dispose();
  return found.reduce((hits, candidate, row) => hits + (candidate === row ? 1 : 0), 0);
}
