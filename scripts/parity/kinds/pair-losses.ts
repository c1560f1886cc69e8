/** negative_cosine.json, barlow_twins.json, vicreg.json and supcon.json: losses without a state. */
import { barlowTwinsObjective, negativeCosineObjective, supCon } from '@tessera/losses';
import * as tf from '@tensorflow/tfjs-core';
import { vicregObjective } from 'tessera-plugin-vicreg';
import { attempt, larger, ofTheLargest, relative, type Measurement } from '../measurement.ts';
import { valueAndGradient } from '../value-and-gradient.ts';
import { built, step, type Step } from './through-objective.ts';

interface Directions {
  readonly loss: number;
  readonly gradP1: number[][];
  readonly gradP2: number[][];
}

interface CosineCase {
  readonly batch: number;
  readonly dim: number;
  readonly p1: number[][];
  readonly p2: number[][];
  readonly z1: number[][];
  readonly z2: number[][];
  readonly simsiam: Directions;
  readonly byol: Directions;
}

export function* negativeCosine(file: unknown): Iterable<Measurement> {
  for (const one of (file as { cases: readonly CosineCase[] }).cases)
    for (const reduction of ['simsiam', 'byol'] as const) {
      const name = `${reduction}, ${one.batch} x ${one.dim}`;
      yield* attempt(name, function* () {
        const objective = built(negativeCosineObjective, { reduction }, one);
        const target = [one.z1, one.z2].map((rows) => tf.tensor2d(rows));
        const { loss, grads } = step(objective, [one.p1, one.p2], (online) => ({ online, target }));
        yield* lossAndGradients(name, { loss, grads }, one[reduction].loss, [
          one[reduction].gradP1,
          one[reduction].gradP2,
        ]);
      });
    }
}

interface BarlowCase {
  readonly batch: number;
  readonly dim: number;
  readonly lambda: number;
  readonly zA: number[][];
  readonly zB: number[][];
  readonly loss: number;
  readonly gradA: number[][];
  readonly gradB: number[][];
}

export function* barlowTwinsFile(file: unknown): Iterable<Measurement> {
  for (const one of (file as { cases: readonly BarlowCase[] }).cases) {
    const name = `${one.batch} x ${one.dim}`;
    yield* attempt(name, function* () {
      const objective = built(barlowTwinsObjective, { lambda: one.lambda }, one);
      const { loss, grads } = step(objective, [one.zA, one.zB], (online) => ({ online }));
      yield* lossAndGradients(name, { loss, grads }, one.loss, [one.gradA, one.gradB]);
    });
  }
}

interface VicregCase {
  readonly batch: number;
  readonly dim: number;
  readonly invarianceWeight: number;
  readonly varianceWeight: number;
  readonly covarianceWeight: number;
  readonly zA: number[][];
  readonly zB: number[][];
  readonly invariance: number;
  readonly variance: number;
  readonly covariance: number;
  readonly loss: number;
  readonly gradA: number[][];
  readonly gradB: number[][];
}

/** The example package's objective. Its metrics are the terms, unweighted. */
export function* vicregFile(file: unknown): Iterable<Measurement> {
  for (const [i, one] of (file as { cases: readonly VicregCase[] }).cases.entries()) {
    const name = `${i}: ${one.batch} x ${one.dim}`;
    yield* attempt(name, function* () {
      const { invarianceWeight: similarity, varianceWeight: variance, covarianceWeight: covariance } = one;
      const objective = built(vicregObjective, { similarity, variance, covariance }, one);
      const { metrics, ...got } = step(objective, [one.zA, one.zB], (online) => ({ online }));
      yield* lossAndGradients(name, got, one.loss, [one.gradA, one.gradB]);
      for (const term of ['invariance', 'variance', 'covariance'] as const)
        yield { case: name, quantity: term, error: relative(metrics[term], one[term]), tolerance: 1e-5 };
    });
  }
}

interface SupConCase {
  readonly images: number;
  readonly views: number;
  readonly temperature: number;
  readonly baseTemperature: number;
  readonly contrastMode: 'all' | 'one';
  readonly labels: readonly number[] | null;
  readonly z: number[][];
  readonly loss: number;
  readonly gradZ: number[][];
}

export function* supConFile(file: unknown): Iterable<Measurement> {
  for (const [i, one] of (file as { cases: readonly SupConCase[] }).cases.entries()) {
    const { images, views, temperature, baseTemperature, contrastMode: contrast } = one;
    const name = `${i}: ${images} images, ${views} views, ${contrast}`;
    yield* attempt(name, function* () {
      const classes_B = tf.tensor1d([...(one.labels ?? Array.from({ length: images }, (_, n) => n))], 'int32');
      const options = { temperature, baseTemperature, contrast };
      const { value, grad } = valueAndGradient((z) => supCon(tf.split(z, views), classes_B, options), one.z);
      yield* lossAndGradients(name, { loss: value, grads: [grad] }, one.loss, [one.gradZ]);
    });
  }
}

/** Tolerances that all losses of these files have. */
export function* lossAndGradients(
  name: string,
  got: Pick<Step, 'loss' | 'grads'>,
  loss: number,
  gradients: readonly number[][][],
): Iterable<Measurement> {
  yield { case: name, quantity: 'loss', error: relative(got.loss, loss), tolerance: 1e-5 };
  const error = gradients.map((want, i) => ofTheLargest(got.grads[i], want)).reduce(larger, 0);
  yield { case: name, quantity: 'gradients', error, tolerance: 1e-4 };
}
