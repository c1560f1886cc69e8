/** dino_trace.json: steps of facebookresearch/dino in float64; `source` in the file says how they were made. */
import { rootKey, type Method, type Optimizer } from '@tessera/core';
import { dinoHead } from '@tessera/models';
import { adamwOptimizer, warmupCosineSchedule } from '@tessera/optim';
import { methodContext } from '@tessera/testing';
import type { Tensor } from '@tensorflow/tfjs-core';
import { dinoObjective } from '../../dino/dino-objective.ts';
import { dino } from '../../dino/dino.ts';
import { objectiveContext } from '../toy.ts';
import {
  compareNorms,
  compareRun,
  compareValues,
  relative,
  worst,
  type Compared,
  type NameOf,
  type Run,
  type TraceCase,
} from './compared.ts';
import { runSteps } from './run-steps.ts';
import { fill, isParameter, tinyNet, viewsFrom, type Norms, type Values } from './tiny-net.ts';

interface Case extends Run {
  readonly learningRate: {
    readonly base: number;
    readonly minimum: number;
    readonly warmupEpochs: number;
    readonly perStep: readonly number[];
  };
  readonly weightDecay: { readonly start: number; readonly final: number; readonly perStep: readonly number[] };
  readonly teacherMomentum: { readonly start: number };
  readonly clip: number;
  readonly freezeLastLayerEpochs: number;
  readonly normLastLayer: boolean;
  readonly teacherTemperature: { readonly warmupStart: number; readonly final: number; readonly warmupEpochs: number };
  readonly studentTemperature: number;
  readonly centreMomentum: number;
  readonly centres: readonly (readonly number[])[];
  readonly paramGradNorms: Norms;
  readonly studentNorms: Norms;
  readonly teacherNorms: Norms;
  readonly studentAfter: Values;
  readonly teacherAfter: Values;
  readonly studentStatistics: Values;
  readonly teacherStatistics: Values;
}

interface Trace {
  readonly batch: number;
  readonly globalSize: number;
  readonly localSize: number;
  readonly globalCrops: number;
  readonly localCrops: number;
  readonly dims: { readonly width: number; readonly hidden: number; readonly bottleneck: number; readonly out: number };
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly initial: Values;
  readonly viewsInt: readonly number[][][][][][];
  readonly cases: readonly Case[];
}

export function dinoTrace(file: unknown): readonly TraceCase[] {
  const trace = file as Trace;
  return trace.cases.map((one) => ({
    name: `clip ${String(one.clip)}, lengths of the last layer fixed: ${String(one.normLastLayer)}`,
    compare: () => compare(trace, one),
  }));
}

const theirs =
  (prefix: string): NameOf =>
  (ours) => {
    if (!ours.startsWith(prefix)) return undefined;
    const name = ours.slice(prefix.length);
    if (name.startsWith('encoder/')) return name.replace('encoder/', 'backbone.');
    return name.startsWith('head/') ? name.replace('head/', 'head.') : undefined;
  };
const student = theirs('');
const teacher = theirs('teacher/');

function build(trace: Trace, one: Case): Method {
  const { batch, dims, initial } = trace;
  const key = rootKey(0);
  const views = [
    { count: trace.globalCrops, size: trace.globalSize, channels: 3 },
    { count: trace.localCrops, size: trace.localSize, channels: 3 },
  ];
  const { hidden, bottleneck, out } = dims;
  const head = { hidden, bottleneck, out, normLastLayer: one.normLastLayer };
  const objective = {
    studentTemperature: one.studentTemperature,
    teacherTemperature: one.teacherTemperature.final,
    warmupTeacherTemperature: one.teacherTemperature.warmupStart,
    warmupEpochs: one.teacherTemperature.warmupEpochs,
    centreMomentum: one.centreMomentum,
  };
  const method = dino.build(
    { momentum: one.teacherMomentum.start, freezeLastLayerEpochs: one.freezeLastLayerEpochs },
    methodContext(
      {
        encoder: ({ scope }) => tinyNet(scope, dims.width),
        head: ({ inDim, scope }) => dinoHead.build(head, { key, inDim, scope, data: { size: batch } }),
        objective: ({ inDim }) => dinoObjective.build(objective, objectiveContext(views, batch, inDim)),
      },
      { views, batchSize: batch },
    ),
  );
  fill(method.variables(), initial, student);
  fill(method.buffers().filter(isParameter), initial, teacher);
  return method;
}

const optimizerOf = (method: Method, { learningRate, weightDecay, clip }: Case): Optimizer =>
  adamwOptimizer.build(
    {
      learningRate: learningRate.base,
      weightDecay: weightDecay.start,
      exclude: ['bias', 'norm'],
      groups: [{ roles: ['weight', 'bias', 'norm'], clipNorm: clip }],
    },
    { variables: method.variables() },
  );

/** The lengths of the last layer are no variables of ours where they are fixed at 1. */
const trained = <T>(values: Readonly<Record<string, T>>, { normLastLayer }: Case): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !normLastLayer || !name.endsWith('weight_g')));

function compare(trace: Trace, one: Case): readonly Compared[] {
  const { viewsInt, stepsPerEpoch, epochs, globalCrops } = trace;
  const { learningRate, weightDecay } = one;
  const totalSteps = epochs * stepsPerEpoch;
  const method = build(trace, one);
  const optimizer = optimizerOf(method, one);
  const schedule = warmupCosineSchedule.build(
    {
      warmupEpochs: learningRate.warmupEpochs,
      warmup: 'swav',
      finalLearningRate: learningRate.minimum,
      finalWeightDecay: weightDecay.final,
    },
    {
      stepsPerEpoch,
      totalSteps,
      batchSize: trace.batch,
      learningRate: learningRate.base,
      weightDecay: weightDecay.start,
    },
  );
  const rates = viewsInt.map((_, step) => schedule(step));
  const each: Compared[] = [];
  const run = runSteps({
    method,
    optimizer,
    views: (step) => {
      const views = viewsInt[step] ?? [];
      return [views.slice(0, globalCrops), views.slice(globalCrops)].map(viewsFrom);
    },
    steps: viewsInt.length,
    progress: (step) => ({ step, epoch: Math.floor(step / stepsPerEpoch), stepsPerEpoch, totalSteps }),
    rates: schedule,
    after: (step, gradNorms) => {
      const at = `step ${String(step)}`;
      const own = [...gradNorms];
      const error = worst(
        own.map(([, value]) => value),
        own.map(([name]) => one.paramGradNorms[student(name) ?? '']?.[step] ?? NaN),
        relative,
      );
      each.push({ at, quantity: 'paramGradNorms', error, tolerance: 2e-3 });
      each.push(compareNorms('studentNorms', method.variables(), trained(one.studentNorms, one), step, student));
      each.push(compareNorms('teacherNorms', method.buffers(), trained(one.teacherNorms, one), step, teacher));
      const centre = [...(method.state().tensors['objective/centre'] as Tensor).dataSync()];
      each.push({ at, quantity: 'centre', error: worst(centre, one.centres[step] ?? []), tolerance: 1e-5 });
    },
  });
  const decays = rates.map((rate) => rate.weightDecay ?? NaN);
  const compared = [
    ...compareRun(run, one),
    ...each,
    compareValues('studentAfter', method.variables(), trained(one.studentAfter, one), student),
    compareValues('teacherAfter', method.buffers(), trained(one.teacherAfter, one), teacher),
    compareValues('studentStatistics', method.buffers(), one.studentStatistics, student),
    compareValues('teacherStatistics', method.buffers(), one.teacherStatistics, teacher),
    rate(
      'learningRate',
      rates.map((rate) => rate.learningRate),
      learningRate.perStep,
    ),
    rate('weightDecay', decays, weightDecay.perStep),
  ];
  optimizer.dispose();
  method.dispose();
  return compared;
}

const rate = (quantity: string, got: readonly number[], want: readonly number[]): Compared => ({
  at: '',
  quantity,
  error: worst(got, want),
  tolerance: 1e-9,
});
