/** simsiam_trace.json: steps of facebookresearch/simsiam in float64; `source` in the file says how they were made. */
import { rootKey, type Method } from '@tessera/core';
import { negativeCosineObjective } from '@tessera/losses';
import { mlpHead } from '@tessera/models';
import { sgdOptimizer } from '@tessera/optim';
import { methodContext } from '@tessera/testing';
import { simsiam } from '../../simsiam/simsiam.ts';
import { objectiveContext } from '../toy.ts';
import { compareNorms, compareRun, compareValues, type Compared, type Run, type TraceCase } from './compared.ts';
import { runSteps } from './run-steps.ts';
import { fill, tinyNet, viewsFrom, type Norms, type Values } from './tiny-net.ts';

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

export function simsiamTrace(file: unknown): readonly TraceCase[] {
  const trace = file as Trace;
  return trace.cases.map((one) => ({
    name: `${one.forward}, predictor at a constant rate: ${String(one.fixPredictorLearningRate)}`,
    compare: () => compare(trace, one),
  }));
}

/** Our predictor's first linear layer has a bias, theirs none: it starts at 0 and batch norm keeps it there. */
function theirs(ours: string): string | undefined {
  if (ours === 'predictor/0.bias') return undefined;
  if (ours.startsWith('encoder/')) return ours.replace('encoder/', 'encoder.');
  return ours.startsWith('head/') ? ours.replace('head/', 'encoder.fc.') : ours.replace('predictor/', 'predictor.');
}

/** The frozen bias before the last batch norm of the projector, which we have not: it moves that norm's running mean, and nothing else. */
const FROZEN = 'encoder.fc.6.bias';
const MEAN = 'encoder.fc.7.running_mean';
const without = <T>(values: Readonly<Record<string, T>>, name: string): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(values).filter(([one]) => one !== name));

/** The reference's statistics as they were without that bias. */
function withoutBias({ initial, viewsInt }: Trace, { forward, runningStatistics }: Case): Values {
  const passes = (forward === 'joint' ? 1 : 2) * viewsInt.length;
  const bias = initial[FROZEN] as number[];
  const mean = runningStatistics[MEAN] as number[];
  return { ...runningStatistics, [MEAN]: mean.map((value, d) => value - (bias[d] ?? NaN) * (1 - 0.9 ** passes)) };
}

function build({ batch, dim, predictorWidth, initial }: Trace, { forward }: Case): Method {
  const key = rootKey(0);
  const views = [{ count: 2, size: 8, channels: 3 }];
  const data = { size: batch };
  const projector = { layers: 3, hidden: 6, out: dim, batchNorm: 'all', outputScale: false };
  const predictor = { layers: 2, hidden: predictorWidth, out: dim, batchNorm: 'hidden' };
  const method = simsiam.build(
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
  fill(method.variables(), initial, theirs);
  return method;
}

function compare(trace: Trace, one: Case): readonly Compared[] {
  const method = build(trace, one);
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
  const totalSteps = epochs * stepsPerEpoch;
  const norms: Compared[] = [];
  const run = runSteps({
    method,
    optimizer,
    views: (step) => [viewsFrom(trace.viewsInt[step] ?? [])],
    steps: trace.viewsInt.length,
    progress: (step) => ({ step, epoch: Math.floor(step / stepsPerEpoch), stepsPerEpoch, totalSteps }),
    rates: (step) => ({ learningRate: one.learningRates[step]?.[0] ?? NaN, baseLearningRate: one.baseLearningRate }),
    after: (step) => {
      norms.push(compareNorms('paramNorms', method.variables(), without(one.paramNorms, FROZEN), step, theirs));
    },
  });
  // The predictor's mean is 0, because its input is centred: means are compared absolutely.
  const isMean = (name: string): boolean => name.endsWith('running_mean');
  const compared = [
    ...compareRun(run, one),
    ...norms,
    compareValues('paramsAfter', method.variables(), without(one.paramsAfter, FROZEN), theirs),
    compareValues('runningStatistics', method.buffers(), withoutBias(trace, one), theirs, isMean),
  ];
  optimizer.dispose();
  method.dispose();
  return compared;
}
