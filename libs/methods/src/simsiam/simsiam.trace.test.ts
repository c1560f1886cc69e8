/** SimSiam's steps against facebookresearch/simsiam in float64; `source` in the file says how they were made. */
import * as tf from '@tensorflow/tfjs-core';
import { rootKey } from '@tessera/core';
import { negativeCosineObjective } from '@tessera/losses';
import { mlpHead } from '@tessera/models';
import { sgdOptimizer } from '@tessera/optim';
import { describeEngines, methodContext } from '@tessera/testing';
import { expect, it } from 'vitest';
import { readOracle } from '../testdata/read.ts';
import { objectiveContext } from '../testdata/toy.ts';
import {
  expectNorms,
  expectRun,
  expectValues,
  fill,
  runSteps,
  tinyNet,
  viewsFrom,
  type Norms,
  type Run,
  type Values,
} from '../testdata/trace.ts';
import { simsiam } from './simsiam.ts';

interface Case extends Run {
  readonly forward: 'joint' | 'separate';
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly fixPredictorLearningRate: boolean;
  readonly baseLearningRate: number;
  readonly sgdMomentum: number;
  readonly weightDecay: number;
  readonly learningRates: readonly (readonly [number, number])[];
  readonly paramNorms: Norms;
  readonly paramsAfter: Values;
  readonly runningStatistics: Values;
}

interface Trace {
  readonly batch: number;
  readonly dim: number;
  readonly predictorWidth: number;
  readonly initial: Values;
  readonly viewsInt: readonly number[][][][][][];
  readonly cases: readonly Case[];
}

const { batch, dim, predictorWidth, initial, viewsInt, cases } = readOracle('simsiam_trace') as Trace;

/** Our predictor's first linear layer has a bias, theirs none: it starts at 0 and batch norm keeps it there. */
function theirs(ours: string): string | undefined {
  if (ours === 'predictor/0.bias') return undefined;
  if (ours.startsWith('encoder/')) return ours.replace('encoder/', 'encoder.');
  return ours.startsWith('head/') ? ours.replace('head/', 'encoder.fc.') : ours.replace('predictor/', 'predictor.');
}

/** Without the frozen bias before the last batch norm of the projector, which we have not: it moves that norm's running mean, and nothing else. */
const frozen = 'encoder.fc.6.bias';
const without = <T>(values: Readonly<Record<string, T>>, ...names: string[]): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));

function build({ forward }: Case) {
  const key = rootKey(0);
  const views = [{ count: 2, size: 8, channels: 3 }];
  const data = { size: batch };
  const projector = { layers: 3, hidden: 6, out: dim, batchNorm: 'all', outputScale: false };
  const predictor = { layers: 2, hidden: predictorWidth, out: dim, batchNorm: 'hidden' };
  return simsiam.build(
    { views: forward === 'joint' ? 'together' : 'apart' },
    methodContext(
      {
        encoder: ({ scope }) => tinyNet(scope, 6),
        head: ({ inDim, scope }) => mlpHead.build(projector, { key, inDim, scope, data }),
        predictor: ({ inDim, scope }) => mlpHead.build(predictor, { key, inDim, scope, data }),
        objective: ({ inDim }) => negativeCosineObjective.build({}, objectiveContext(views, batch, inDim)),
      },
      { views, batchSize: batch },
    ),
  );
}

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(cases)('$forward, predictor at a constant rate: $fixPredictorLearningRate: five steps', (one) => {
    const before = tf.memory().numTensors;
    const method = build(one);
    fill(method.variables(), initial, theirs);
    const optimizer = sgdOptimizer.build(
      {
        learningRate: one.baseLearningRate,
        momentum: one.sgdMomentum,
        weightDecay: one.weightDecay,
        groups: one.fixPredictorLearningRate ? [{ names: ['predictor/'], constantRate: true }] : [],
      },
      { variables: method.variables() },
    );
    const { stepsPerEpoch, epochs } = one;
    const run = runSteps({
      method,
      optimizer,
      views: (step) => [viewsFrom(viewsInt[step] ?? [])],
      steps: viewsInt.length,
      progress: (step) => ({
        step,
        epoch: Math.floor(step / stepsPerEpoch),
        stepsPerEpoch,
        totalSteps: epochs * stepsPerEpoch,
      }),
      rates: (step) => ({
        learningRate: one.learningRates[step]?.[0] ?? NaN,
        baseLearningRate: one.baseLearningRate,
      }),
      after: (step) => {
        expectNorms(method.variables(), without(one.paramNorms, frozen), step, theirs);
      },
    });
    expectRun(run, one);
    expectValues(method.variables(), without(one.paramsAfter, frozen), theirs);
    const mean = 'encoder.fc.7.running_mean';
    expectValues(method.buffers(), without(one.runningStatistics, mean), theirs);
    const passes = (one.forward === 'joint' ? 1 : 2) * viewsInt.length;
    const bias = initial[frozen] as number[];
    const shifted = (one.runningStatistics[mean] as number[]).map(
      (value, d) => value - (bias[d] ?? NaN) * (1 - 0.9 ** passes),
    );
    expectValues(method.buffers(), { [mean]: shifted }, theirs);
    optimizer.dispose();
    method.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
