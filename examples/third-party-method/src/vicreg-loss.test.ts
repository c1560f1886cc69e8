/** The loss against facebookresearch/vicreg in float64; `source` in testdata/vicreg.json says how it was made. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { rootKey, singleProcess, type Collective } from '@tessera/core';
import { evaluationForward } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { inLockStep } from '@tessera/testing/lock-step';
import { expect, it } from 'vitest';
import { covariancePenalty, invariance, varianceShortfall } from './vicreg-loss.ts';
import { vicregObjective } from './vicreg-objective.ts';

interface Case {
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

const { cases } = JSON.parse(readFileSync(new URL('./testdata/vicreg.json', import.meta.url), 'utf8')) as {
  readonly cases: Case[];
};

const relative = (got: Tensor, want: number): number => Math.abs((got.dataSync()[0] ?? NaN) / want - 1);

/** Largest difference, divided by the largest entry. */
function ofLargest(got: Tensor, want: readonly number[][]): number {
  const [values, all] = [got.dataSync(), want.flat()];
  const largest = Math.max(...all.map(Math.abs));
  return Math.max(...all.map((value, i) => Math.abs(value - (values[i] ?? NaN)))) / largest;
}

function lossOf(one: Case, online: readonly Tensor2D[], collective: Collective = singleProcess): tf.Scalar {
  const objective = vicregObjective.build(
    { similarity: one.invarianceWeight, variance: one.varianceWeight, covariance: one.covarianceWeight },
    {
      key: rootKey(0),
      inDim: one.dim,
      batchSize: one.batch,
      views: [{ count: 2, size: 4, channels: 3 }],
      data: { size: one.batch },
      collective,
      scope: 'objective',
      warn: () => undefined,
    },
  );
  return objective.loss({ online }, {}, { ...evaluationForward(), collective }).loss;
}

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(cases)('$batch images, width $dim: terms, loss and gradients of float64 autograd', (one) => {
    const [a, b] = [tf.tensor2d(one.zA), tf.tensor2d(one.zB)];
    const half = (of: (z: Tensor2D) => Tensor) => tf.div(tf.add(of(a), of(b)), 2);
    expect(relative(invariance(a, b), one.invariance)).toBeLessThan(1e-5);
    expect(relative(half(varianceShortfall), one.variance)).toBeLessThan(1e-5);
    expect(relative(tf.mul(half(covariancePenalty), 2), one.covariance)).toBeLessThan(1e-5);
    const { value, grads } = tf.valueAndGrads((...z: Tensor[]) => lossOf(one, z as Tensor2D[]))([a, b]);
    const [gradA, gradB] = grads as [Tensor, Tensor];
    expect(relative(value, one.loss)).toBeLessThan(1e-5);
    expect(ofLargest(gradA, one.gradA)).toBeLessThan(1e-4);
    expect(ofLargest(gradB, one.gradB)).toBeLessThan(1e-4);
  });

  it.each(cases.filter(({ batch }) => batch % 2 === 0))('$batch images on two ranks: statistics of both', (one) => {
    const half = one.batch / 2;
    const parts = [0, half].map((from) => [one.zA, one.zB].map((z) => tf.tensor2d(z.slice(from, from + half))));
    for (const result of inLockStep(parts, (part, collective) => lossOf(one, part, collective)))
      expect(relative(result, one.loss)).toBeLessThan(1e-5);
  });
});
