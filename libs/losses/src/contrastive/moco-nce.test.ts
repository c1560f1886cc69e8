import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { rootKey, singleProcess, type Collective } from '@tessera/core';
import { evaluationForward, l2Normalize } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { inLockStep } from '@tessera/testing/lock-step';
import { expect, it } from 'vitest';
import { errorOfLargest, leaked, readOracle, relativeError, unitRows, wave } from '../testdata/read.ts';
import { mocoNce, mocoV3Contrast } from './moco-nce.ts';
import { mocoV3Objective } from './moco-v3-objective.ts';

interface Queued {
  readonly kind: 'moco';
  readonly temperature: number;
  readonly queueBefore: number[][];
  readonly steps: {
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
  readonly temperature: number;
  readonly q1: number[][];
  readonly q2: number[][];
  readonly k1: number[][];
  readonly k2: number[][];
  readonly loss: number;
  readonly loss1: number;
  readonly loss2: number;
  readonly gradQ1: number[][];
  readonly gradQ2: number[][];
}

const { cases } = readOracle('moco_nce') as { readonly cases: (Queued | Symmetric)[] };
const queued = cases.filter((one) => one.kind === 'moco');
const symmetric = cases.filter((one) => one.kind === 'mocov3');

/** `moco-v3` with predictions and keys of two views. */
function v3Loss(q: readonly Tensor2D[], k: readonly Tensor2D[], temperature: number, collective: Collective): Scalar {
  const objective = mocoV3Objective.build(
    { temperature },
    {
      key: rootKey(0),
      inDim: q[0]?.shape[1] ?? 0,
      batchSize: 2,
      views: [],
      data: { size: 2 },
      collective,
      scope: 'objective',
      warn: () => undefined,
    },
  );
  return objective.loss({ online: q, target: k }, {}, { ...evaluationForward(), collective }).loss;
}

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(queued)('moco, temperature $temperature: the loss and gradient of float64 autograd, step by step', (one) => {
    one.steps.forEach(({ q, k, loss, gradQ }, step) => {
      const queue_QD = tf.tensor2d(one.steps[step - 1]?.queueAfter ?? one.queueBefore);
      const lossOf = (x: Tensor): Scalar =>
        mocoNce(l2Normalize(x as Tensor2D), l2Normalize(tf.tensor2d(k)), queue_QD, one.temperature).loss;
      const { value, grad } = tf.valueAndGrad(lossOf)(tf.tensor2d(q));
      expect(relativeError(value, loss)).toBeLessThan(1e-5);
      expect(errorOfLargest(grad, gradQ)).toBeLessThan(1e-4);
    });
  });

  it('moco: the other keys of the step are no negatives, and accuracy counts what is nearest to its own key', () => {
    const q = tf.tensor2d([
      [1, 0],
      [0, 1],
    ]);
    const queue = tf.tensor2d([[-0.6, 0.8]]);
    const { loss, accuracy } = mocoNce(
      q,
      tf.tensor2d([
        [1, 0],
        [0.8, 0.6],
      ]),
      queue,
      0.5,
    );
    // log(1 + e^((-0.6 - 1) / 0.5)) and log(1 + e^((0.8 - 0.6) / 0.5)).
    const want = (Math.log1p(Math.exp(-3.2)) + Math.log1p(Math.exp(0.4))) / 2;
    expect(relativeError(loss, want)).toBeLessThan(1e-6);
    expect(accuracy.dataSync()[0]).toBe(0.5);
  });

  it.each(symmetric)('moco-v3, temperature $temperature: both terms and gradients of float64 autograd', (one) => {
    const [q1, q2, k1, k2] = [one.q1, one.q2, one.k1, one.k2].map((rows) => tf.tensor2d(rows)) as [
      Tensor2D,
      Tensor2D,
      Tensor2D,
      Tensor2D,
    ];
    expect(relativeError(mocoV3Contrast(q1, k2, one.temperature, singleProcess), one.loss1)).toBeLessThan(1e-5);
    expect(relativeError(mocoV3Contrast(q2, k1, one.temperature, singleProcess), one.loss2)).toBeLessThan(1e-5);
    const { value, grads } = tf.valueAndGrads((...q: Tensor[]) =>
      v3Loss(q as Tensor2D[], [k1, k2], one.temperature, singleProcess),
    )([q1, q2]);
    const [gradQ1, gradQ2] = grads as [Tensor, Tensor];
    expect(relativeError(value, one.loss)).toBeLessThan(1e-5);
    expect(errorOfLargest(gradQ1, one.gradQ1)).toBeLessThan(1e-4);
    expect(errorOfLargest(gradQ2, one.gradQ2)).toBeLessThan(1e-4);
  });

  it('moco-v3 on two ranks: keys of both are negatives, each row finds its own', () => {
    const [q1, q2, k1, k2] = [0, 0.7, 0.2, 0.9].map((o) => wave(6, 4, o)) as [
      number[][],
      number[][],
      number[][],
      number[][],
    ];
    const tensors = (rows: number[][][], from = 0, to = 6) => rows.map((each) => tf.tensor2d(each.slice(from, to)));
    const whole = v3Loss(tensors([q1, q2]), tensors([k1, k2]), 0.2, singleProcess).dataSync()[0] ?? NaN;
    const parts = [0, 3].map((from) => ({
      q: tensors([q1, q2], from, from + 3),
      k: tensors([k1, k2], from, from + 3),
    }));
    const results = inLockStep(parts, ({ q, k }, collective) => v3Loss(q, k, 0.2, collective));
    for (const result of results) expect(relativeError(result, whole)).toBeLessThan(1e-5);
  });

  it('leaks nothing', () => {
    const [q, k, queue] = [wave(3, 4, 0), wave(3, 4, 1), unitRows(wave(8, 4, 2))];
    const count = leaked(() => {
      tf.valueAndGrad((x: Tensor) => mocoNce(x as Tensor2D, tf.tensor2d(k), tf.tensor2d(queue), 0.1).loss)(
        tf.tensor2d(q),
      );
      tf.grad((x: Tensor) => mocoV3Contrast(x as Tensor2D, tf.tensor2d(k), 0.1, singleProcess))(tf.tensor2d(q));
    });
    expect(count).toBe(0);
  });
});
