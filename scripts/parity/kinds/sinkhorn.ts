/** sinkhorn.json: codes of one process. */
import { sinkhorn } from '@tessera/losses';
import * as tf from '@tensorflow/tfjs-core';
import { attempt, type Measurement, ofTheLargest } from '../measurement.ts';

export interface SinkhornCase {
  readonly epsilon: number;
  readonly iterations: number;
  readonly scores: number[][];
  readonly codes: number[][];
}

export function* sinkhornFile(file: unknown): Iterable<Measurement> {
  for (const { epsilon, iterations, scores, codes } of (file as { cases: readonly SinkhornCase[] }).cases) {
    const name = `[${scores.length}, ${scores[0]?.length ?? 0}], epsilon ${epsilon}, ${iterations} iterations`;
    yield* attempt(name, function* () {
      const error = ofTheLargest(sinkhorn(tf.tensor2d(scores), { epsilon, iterations }), codes);
      yield { case: name, quantity: 'codes', error, tolerance: 1e-4 };
    });
  }
}
