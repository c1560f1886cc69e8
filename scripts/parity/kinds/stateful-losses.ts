/** moco_nce.json, instdisc.json and dino_loss.json: losses with a queue, a bank and a centre, step after step. */
import type { State } from '@tessera/core';
import { mocoV3Objective } from '@tessera/losses';
import { dinoObjective, instdiscObjective, mocoObjective } from '@tessera/methods';
import * as tf from '@tensorflow/tfjs-core';
import { attempt, ofTheLargest, type Measurement } from '../measurement.ts';
import { lossAndGradients } from './pair-losses.ts';
import { built, step } from './through-objective.ts';

interface Queued {
  readonly kind: 'moco';
  readonly batch: number;
  readonly dim: number;
  readonly queueLength: number;
  readonly temperature: number;
  readonly queueBefore: number[][];
  readonly steps: readonly {
    readonly q: number[][];
    readonly k: number[][];
    readonly loss: number;
    readonly gradQ: number[][];
    readonly queueAfter: number[][];
  }[];
}

interface Symmetric {
  readonly kind: 'mocov3';
  readonly batch: number;
  readonly dim: number;
  readonly temperature: number;
  readonly q1: number[][];
  readonly q2: number[][];
  readonly k1: number[][];
  readonly k2: number[][];
  readonly loss: number;
  readonly gradQ1: number[][];
  readonly gradQ2: number[][];
}

export function* mocoNceFile(file: unknown): Iterable<Measurement> {
  for (const one of (file as { cases: readonly (Queued | Symmetric)[] }).cases) {
    const name = `${one.kind}, temperature ${one.temperature}`;
    yield* attempt(name, () => (one.kind === 'moco' ? queued(name, one) : symmetric(name, one)));
  }
}

function* queued(name: string, one: Queued): Iterable<Measurement> {
  const { queueLength: length, temperature } = one;
  const objective = built(mocoObjective, { length, temperature }, one);
  objective.restore(started('queue', one.queueBefore, { pointer: 0 }));
  for (const [i, { q, k, loss, gradQ, queueAfter }] of one.steps.entries()) {
    const at = `${name}, step ${i}`;
    const key = [tf.tensor2d(k)];
    yield* lossAndGradients(
      at,
      step(objective, [q], (query) => ({ query, key })),
      loss,
      [gradQ],
    );
    const error = ofTheLargest(objective.state().tensors['objective/queue'], queueAfter);
    yield { case: at, quantity: 'queue', error, tolerance: 1e-6 };
  }
  objective.dispose();
}

function* symmetric(name: string, one: Symmetric): Iterable<Measurement> {
  const objective = built(mocoV3Objective, { temperature: one.temperature }, one);
  const target = [one.k1, one.k2].map((rows) => tf.tensor2d(rows));
  const got = step(objective, [one.q1, one.q2], (online) => ({ online, target }));
  yield* lossAndGradients(name, got, one.loss, [one.gradQ1, one.gradQ2]);
}

interface BankCase {
  readonly samples: number;
  readonly dim: number;
  readonly batch: number;
  readonly temperature: number;
  readonly momentum: number;
  readonly bankBefore: number[][];
  readonly steps: readonly {
    readonly indices: readonly number[];
    readonly features: number[][];
    readonly loss: number;
    readonly gradFeatures: number[][];
  }[];
  readonly bankAfter: number[][];
}

export function* instdiscFile(file: unknown): Iterable<Measurement> {
  for (const one of (file as { cases: readonly BankCase[] }).cases) {
    const name = `${one.batch} of ${one.samples}`;
    yield* attempt(name, function* () {
      const { temperature, momentum, samples } = one;
      const objective = built(instdiscObjective, { temperature, momentum }, { ...one, images: samples });
      objective.restore(started('bank', one.bankBefore, null));
      for (const [i, { indices, features, loss, gradFeatures }] of one.steps.entries()) {
        const got = step(objective, [features], (online) => ({ online }), { sampleIds: indices });
        yield* lossAndGradients(`${name}, step ${i}`, got, loss, [gradFeatures]);
      }
      const error = ofTheLargest(objective.state().tensors['objective/bank'], one.bankAfter);
      yield { case: name, quantity: 'bank', error, tolerance: 1e-5 };
      objective.dispose();
    });
  }
}

interface DinoCase {
  readonly batch: number;
  readonly outDim: number;
  readonly globalCrops: number;
  readonly localCrops: number;
  readonly studentTemperature: number;
  readonly centreMomentum: number;
  readonly teacherTemperature: { readonly warmupStart: number; readonly final: number; readonly warmupEpochs: number };
  readonly steps: readonly {
    readonly epoch: number;
    readonly studentOutput: number[][];
    readonly teacherOutput: number[][];
    readonly loss: number;
    readonly gradStudent: number[][];
    readonly centreAfter: number[];
  }[];
}

export function* dinoLossFile(file: unknown): Iterable<Measurement> {
  for (const one of (file as { cases: readonly DinoCase[] }).cases) {
    const name = `${one.globalCrops} + ${one.localCrops} crops`;
    yield* attempt(name, function* () {
      const { warmupStart, final, warmupEpochs } = one.teacherTemperature;
      const { studentTemperature, centreMomentum } = one;
      const temperatures = { teacherTemperature: final, warmupTeacherTemperature: warmupStart, warmupEpochs };
      const options = { studentTemperature, centreMomentum, ...temperatures };
      const objective = built(dinoObjective, options, { batch: one.batch, dim: one.outDim });
      for (const [i, { epoch, studentOutput, teacherOutput, loss, gradStudent, centreAfter }] of one.steps.entries()) {
        const at = `${name}, step ${i}`;
        const teacher: tf.Tensor2D[] = tf.split(tf.tensor2d(teacherOutput), one.globalCrops);
        const roles = ([all]: readonly tf.Tensor2D[]) => ({
          student: tf.split<tf.Tensor2D>(all as tf.Tensor2D, one.globalCrops + one.localCrops),
          teacher,
        });
        yield* lossAndGradients(at, step(objective, [studentOutput], roles, { epoch }), loss, [gradStudent]);
        const error = ofTheLargest(objective.state().tensors['objective/centre'], centreAfter);
        yield { case: at, quantity: 'centre', error, tolerance: 1e-5 };
      }
      objective.dispose();
    });
  }
}

const started = (name: string, rows: number[][], json: State['json']): State => ({
  tensors: { [`objective/${name}`]: tf.tensor2d(rows) },
  json,
});
