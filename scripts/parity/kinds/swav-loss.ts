/** swav_loss.json: codes, loss, gradients and queue of one step, as the loss function and as the objective that training uses. */
import { singleProcess, rootKey, type ContextOf } from '@tessera/core';
import { trainingForward, UpdateCollector } from '@tessera/engine';
import { prototypeLoss } from '@tessera/losses';
import { swavObjective } from '@tessera/methods';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { attempt, larger, type Measurement, ofTheLargest, relative } from '../measurement.ts';

interface Case {
  readonly batch: number;
  readonly prototypes: number;
  readonly dim: number;
  readonly crops: number;
  readonly temperature: number;
  readonly epsilon: number;
  readonly iterations: number;
  readonly cropsForAssign: number[];
  readonly embeddings: number[][];
  readonly prototypeVectors: number[][];
  readonly queueBefore: number[][][] | null;
  readonly queueAfter: number[][][] | null;
  readonly codes: number[][][];
  readonly loss: number;
  readonly gradEmbeddings: number[][];
  readonly gradPrototypes: number[][];
}

export function* swavLoss(file: unknown): Iterable<Measurement> {
  for (const [i, one] of (file as { cases: readonly Case[] }).cases.entries()) {
    const queue = one.queueBefore ? `queue of ${one.queueBefore[0]?.length ?? 0}` : 'no queue';
    const name = `${i}: ${one.crops} crops, ${queue}`;
    yield* attempt(name, () => throughLoss(name, one));
    yield* attempt(name, () => throughObjective(`${name}, objective`, one));
  }
}

function* throughLoss(name: string, one: Case): Iterable<Measurement> {
  const { crops, cropsForAssign, temperature, epsilon, iterations } = one;
  const past = one.queueBefore?.map((rows) => tf.tensor2d(rows));
  const options = { crops, cropsForAssign, temperature, epsilon, iterations, ...(past && { past }) };
  const run = (z: Tensor2D, prototypes_KD: Tensor2D) =>
    prototypeLoss(z, tf.transpose<Tensor2D>(prototypes_KD), options);
  const inputs = [tf.tensor2d(one.embeddings), tf.tensor2d(one.prototypeVectors)] as const;
  const { value, grads } = tf.valueAndGrads((z: Tensor, c: Tensor) => run(z as Tensor2D, c as Tensor2D).loss)([
    ...inputs,
  ]);
  const codes = run(...inputs).balanced.map((all) =>
    tf.slice(all, [all.shape[0] - one.batch, 0], [one.batch, all.shape[1]]),
  );
  if (codes.length !== one.codes.length) throw new Error(`${one.codes.length} crops' codes, got ${codes.length}`);
  const codesError = codes.map((code, i) => ofTheLargest(code, one.codes[i] ?? [])).reduce(larger, 0);
  yield { case: name, quantity: 'codes', error: codesError, tolerance: 1e-4 };
  yield { case: name, quantity: 'loss', error: relative(value, one.loss), tolerance: 1e-5 };
  yield {
    case: name,
    quantity: 'gradEmbeddings',
    error: ofTheLargest(grads[0], one.gradEmbeddings),
    tolerance: 1e-4,
  };
  yield {
    case: name,
    quantity: 'gradPrototypes',
    error: ofTheLargest(grads[1], one.gradPrototypes),
    tolerance: 1e-4,
  };
}

/** The objective normalises embeddings itself, so only its loss, its prototypes' gradient and its queue compare directly. */
function* throughObjective(name: string, one: Case): Iterable<Measurement> {
  const { temperature, epsilon, iterations, cropsForAssign } = one;
  const length = one.queueBefore?.[0]?.length;
  const objective = swavObjective.build(
    {
      prototypes: one.prototypes,
      temperature,
      epsilon,
      iterations,
      cropsForAssign,
      queue: length === undefined ? null : { length },
    },
    objectiveContext(one),
  );
  const prototypes = objective.variables()[0]?.variable;
  if (!prototypes) throw new Error('the objective has no prototypes');
  prototypes.assign(tf.transpose(tf.tensor2d(one.prototypeVectors)));
  if (one.queueBefore) {
    const { tensors, json } = objective.state();
    const rows = Object.fromEntries(one.queueBefore.map((queue, i) => [`objective/queue.${i}`, tf.tensor2d(queue)]));
    objective.restore({ tensors: { ...tensors, ...rows }, json: { ...(json as object), filled: length ?? 0 } });
  }
  const updates = new UpdateCollector();
  const forward = trainingForward(updates, { sampleIds: Int32Array.from({ length: one.batch }, (_, i) => i) });
  const views = tf.split<Tensor2D>(tf.tensor2d(one.embeddings), one.crops);
  const { value, grads } = tf.variableGrads(() => objective.loss({ online: views }, {}, forward).loss, [prototypes]);
  updates.commit();
  yield { case: name, quantity: 'loss', error: relative(value, one.loss), tolerance: 1e-5 };
  const gradient = grads[prototypes.name];
  yield {
    case: name,
    quantity: 'gradPrototypes',
    error: ofTheLargest(gradient && tf.transpose(gradient), one.gradPrototypes),
    tolerance: 1e-4,
  };
  const { tensors } = objective.state();
  for (const [i, rows] of (one.queueAfter ?? []).entries()) {
    yield {
      case: name,
      quantity: `queue ${i}`,
      error: ofTheLargest(tensors[`objective/queue.${i}`], rows),
      tolerance: 1e-5,
    };
  }
  objective.dispose();
}

const objectiveContext = ({ crops, batch, dim }: Case): ContextOf['objective'] => ({
  key: rootKey(0),
  inDim: dim,
  batchSize: batch,
  views: [{ count: crops, size: 8, channels: 3 }],
  data: { size: batch },
  collective: singleProcess,
  scope: 'objective',
  warn: () => undefined,
});
