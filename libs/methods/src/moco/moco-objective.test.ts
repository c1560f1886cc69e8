import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { isTesseraError } from '@tessera/core';
import { trainingForward, UpdateCollector } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { inLockStep } from '@tessera/testing/lock-step';
import { expect, it } from 'vitest';
import { errorOfLargest, readOracle, relativeError } from '../testdata/read.ts';
import { objectiveContext, stepOf } from '../testdata/toy.ts';
import { mocoObjective } from './moco-objective.ts';

interface Case {
  readonly kind: string;
  readonly batch: number;
  readonly dim: number;
  readonly queueLength: number;
  readonly temperature: number;
  readonly queueBefore: number[][];
  readonly steps: {
    readonly q: number[][];
    readonly k: number[][];
    readonly pointerAfter: number;
    readonly loss: number;
    readonly gradQ: number[][];
    readonly queueAfter: number[][];
  }[];
}

const cases = (readOracle('moco_nce') as { readonly cases: Case[] }).cases.filter(({ kind }) => kind === 'moco');
const views = [{ count: 2, size: 4, channels: 3 }];

function build({ queueLength, temperature, batch, dim, queueBefore }: Case) {
  const objective = mocoObjective.build({ length: queueLength, temperature }, objectiveContext(views, batch, dim));
  const queue = tf.tensor2d(queueBefore);
  objective.restore({ tensors: { 'objective/queue': queue }, json: { pointer: 0 } });
  queue.dispose();
  return objective;
}

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(cases)('temperature $temperature: losses, gradients, queue and pointer of the reference', (one) => {
    const before = tf.memory().numTensors;
    const objective = build(one);
    one.steps.forEach(({ q, k, loss, gradQ, queueAfter, pointerAfter }, step) => {
      const updates = new UpdateCollector();
      tf.tidy(() => {
        const key = [tf.tensor2d(k)];
        const forward = trainingForward(updates, stepOf(one.batch, step));
        const { value, grad } = tf.valueAndGrad(
          (x: Tensor) => objective.loss({ query: [x as Tensor2D], key }, {}, forward).loss,
        )(tf.tensor2d(q));
        expect(relativeError(value, loss)).toBeLessThan(1e-5);
        expect(errorOfLargest(grad, gradQ)).toBeLessThan(1e-4);
      });
      updates.commit();
      const { tensors, json } = objective.state();
      expect(errorOfLargest(tensors['objective/queue'] as Tensor, queueAfter)).toBeLessThan(1e-6);
      expect(json).toEqual({ pointer: pointerAfter });
    });
    objective.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('on two ranks every rank pushes the keys of all', () => {
    const [one] = cases;
    const step = one?.steps[0];
    if (!one || !step) throw new Error('no case');
    const half = one.batch / 2;
    const results = inLockStep([0, half], (from, collective) => {
      const objective = build(one);
      const updates = new UpdateCollector();
      const [query, key] = [step.q, step.k].map((rows) => [tf.tensor2d(rows.slice(from, from + half))]);
      try {
        const forward = { ...trainingForward(updates, stepOf(half, 0)), collective };
        const loss = tf.tidy(() => objective.loss({ query: query ?? [], key: key ?? [] }, {}, forward).loss);
        updates.commit();
        const { tensors, json } = objective.state();
        return { loss, queue: tf.clone(tensors['objective/queue'] as Tensor), json };
      } finally {
        updates.discard();
        objective.dispose();
        tf.dispose([query ?? [], key ?? []]);
      }
    });
    for (const { loss, queue, json } of results) {
      expect(relativeError(loss, step.loss)).toBeLessThan(1e-5);
      expect(errorOfLargest(queue, step.queueAfter)).toBeLessThan(1e-6);
      expect(json).toEqual({ pointer: step.pointerAfter });
    }
    tf.dispose(results.map(({ loss, queue }) => [loss, queue]));
  });

  it('refuses a queue that the batch does not divide, and says which fits', () => {
    let text = '';
    try {
      mocoObjective.build({ length: 100 }, objectiveContext(views, 32));
    } catch (error) {
      text = isTesseraError(error) ? `${error.code} ${error.next}` : String(error);
    }
    expect(text).toMatch(/^E_QUEUE_LENGTH .*length to 96/);
  });
});
