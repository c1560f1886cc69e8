/** DINO's steps against facebookresearch/dino in float64; `source` in the file says how they were made. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { rootKey } from '@tessera/core';
import { dinoHead } from '@tessera/models';
import { adamwOptimizer, warmupCosineSchedule } from '@tessera/optim';
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
import { dino } from './dino.ts';
import { dinoObjective } from './dino-objective.ts';

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

const { batch, dims, initial, viewsInt, cases, stepsPerEpoch, epochs, ...crops } = readOracle('dino_trace') as Trace;
const totalSteps = epochs * stepsPerEpoch;

const theirs =
  (prefix: string) =>
  (ours: string): string | undefined => {
    if (!ours.startsWith(prefix)) return undefined;
    const name = ours.slice(prefix.length);
    if (name.startsWith('encoder/')) return name.replace('encoder/', 'backbone.');
    return name.startsWith('head/') ? name.replace('head/', 'head.') : undefined;
  };
const student = theirs('');
const teacher = theirs('teacher/');

function build(one: Case) {
  const key = rootKey(0);
  const views = [
    { count: crops.globalCrops, size: crops.globalSize, channels: 3 },
    { count: crops.localCrops, size: crops.localSize, channels: 3 },
  ];
  const { hidden, bottleneck, out } = dims;
  const method = dino.build(
    { momentum: one.teacherMomentum.start, freezeLastLayerEpochs: one.freezeLastLayerEpochs },
    methodContext(
      {
        encoder: ({ scope }) => tinyNet(scope, dims.width),
        head: ({ inDim, scope }) =>
          dinoHead.build(
            { hidden, bottleneck, out, normLastLayer: one.normLastLayer },
            { key, inDim, scope, data: { size: batch } },
          ),
        objective: ({ inDim }) =>
          dinoObjective.build(
            {
              studentTemperature: one.studentTemperature,
              teacherTemperature: one.teacherTemperature.final,
              warmupTeacherTemperature: one.teacherTemperature.warmupStart,
              warmupEpochs: one.teacherTemperature.warmupEpochs,
              centreMomentum: one.centreMomentum,
            },
            objectiveContext(views, batch, inDim),
          ),
      },
      { views, batchSize: batch },
    ),
  );
  fill(method.variables(), initial, student);
  const parameters = method.buffers().filter(({ name }) => !name.includes('running_'));
  fill(parameters, initial, teacher);
  return method;
}

/** The lengths of the last layer are no variables of ours where they are fixed at 1. */
const trained = <T>(values: Readonly<Record<string, T>>, { normLastLayer }: Case): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !normLastLayer || !name.endsWith('weight_g')));

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(cases)('clip $clip, lengths of the last layer fixed: $normLastLayer: six steps', (one) => {
    const before = tf.memory().numTensors;
    const method = build(one);
    const { learningRate, weightDecay } = one;
    const optimizer = adamwOptimizer.build(
      {
        learningRate: learningRate.base,
        weightDecay: weightDecay.start,
        exclude: ['bias', 'norm'],
        groups: [{ roles: ['weight', 'bias', 'norm'], clipNorm: one.clip }],
      },
      { variables: method.variables() },
    );
    const schedule = warmupCosineSchedule.build(
      {
        warmupEpochs: learningRate.warmupEpochs,
        warmup: 'swav',
        finalLearningRate: learningRate.minimum,
        finalWeightDecay: weightDecay.final,
      },
      { stepsPerEpoch, totalSteps, batchSize: batch, learningRate: learningRate.base, weightDecay: weightDecay.start },
    );
    learningRate.perStep.forEach((rate, step) => {
      expect(schedule(step).learningRate).toBeCloseTo(rate, 9);
      expect(schedule(step).weightDecay).toBeCloseTo(weightDecay.perStep[step] ?? NaN, 9);
    });
    const run = runSteps({
      method,
      optimizer,
      views: (step) => {
        const views = viewsInt[step] ?? [];
        return [views.slice(0, crops.globalCrops), views.slice(crops.globalCrops)].map(viewsFrom);
      },
      steps: viewsInt.length,
      progress: (step) => ({ step, epoch: Math.floor(step / stepsPerEpoch), stepsPerEpoch, totalSteps }),
      rates: schedule,
      after: (step) => {
        expectNorms(method.variables(), trained(one.studentNorms, one), step, student);
        expectNorms(method.buffers(), trained(one.teacherNorms, one), step, teacher);
        const [centre] = Object.values(method.state().tensors);
        const values = [...(centre as Tensor).dataSync()];
        (one.centres[step] ?? []).forEach((value, k) => {
          expect(Math.abs((values[k] ?? NaN) - value), `centre of step ${step}`).toBeLessThan(1e-4);
        });
      },
    });
    expectRun(run, one);
    expectValues(method.variables(), trained(one.studentAfter, one), student);
    expectValues(method.buffers(), trained(one.teacherAfter, one), teacher);
    expectValues(method.buffers(), one.studentStatistics, student);
    expectValues(method.buffers(), one.teacherStatistics, teacher);
    optimizer.dispose();
    method.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
