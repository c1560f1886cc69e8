/** byol_trace.json: steps of lightly's parts and DeepMind's order in PyTorch, float64; `source` in the file says how they were made. */
import { rootKey, type Method } from '@tessera/core';
import { withExactSums } from '@tessera/engine';
import { negativeCosineObjective } from '@tessera/losses';
import { mlpHead } from '@tessera/models';
import { sgdOptimizer } from '@tessera/optim';
import { methodContext } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { byol } from '../../byol/byol.ts';
import { momentumAt, momentumOptions } from '../../momentum.ts';
import { objectiveContext } from '../toy.ts';
import {
  compareNorms,
  compareRun,
  compareValues,
  worst,
  type Compared,
  type NameOf,
  type Run,
  type TraceCase,
} from './compared.ts';
import { runSteps } from './run-steps.ts';
import { fill, isParameter, tinyNet, viewsFrom, type Norms, type Values } from './tiny-net.ts';

interface Case extends Run {
  readonly forward: 'joint' | 'separate';
  readonly loss: 'byol' | 'negative-cosine';
  readonly targetUpdate: 'after-step' | 'before-step';
  readonly baseMomentum: number;
  readonly totalSteps: number;
  readonly learningRate: number;
  readonly sgdMomentum: number;
  readonly weightDecay: number;
  readonly decayOn: 'all' | 'weights';
  readonly momenta: readonly number[];
  readonly onlineNorms: Norms;
  readonly targetNorms: Norms;
  readonly onlineAfter: Values;
  readonly targetAfter: Values;
  readonly onlineStatistics: Values;
  readonly targetStatistics: Values;
}

interface Trace {
  readonly batch: number;
  readonly dims: { readonly features: number; readonly hidden: number; readonly out: number };
  readonly initial: Values;
  readonly viewsInt: readonly number[][][][][][];
  readonly cases: readonly Case[];
}

export function byolTrace(file: unknown): readonly TraceCase[] {
  const trace = file as Trace;
  return trace.cases.map((one) => ({
    name: `${one.forward}, ${one.loss}, target ${one.targetUpdate}`,
    compare: () => (isClose(one) ? summedExactly(() => compare(trace, one)) : compare(trace, one)),
  }));
}

/**
 * One of joint's pre-activations of the third step is 4e-6 in float64. Float32's rounding over two steps of gradients of norm 20 is as much, and
 * torch's happens to end on the other side of the relu: from there on all numbers differ by its share (the fourth loss by 5.5e-4).
 */
const isClose = ({ forward }: Case): boolean => forward === 'joint' && tf.getBackend() === 'torch';

/** With convolutions and products summed in float64, and so named: torch then ends on the file's side. */
const summedExactly = (run: () => readonly Compared[]): readonly Compared[] =>
  withExactSums(run).value.map((one) => ({ ...one, at: `sums in float64${one.at && `, ${one.at}`}` }));

const modules = [
  ['encoder/', 'backbone.'],
  ['head/', 'projection_head.layers.'],
  ['predictor/', 'prediction_head.layers.'],
] as const;

/** Our first linear layer has a bias, theirs none: it starts at 0 and batch norm keeps it there. */
const theirs =
  (prefix: string): NameOf =>
  (ours) => {
    if (!ours.startsWith(prefix) || /(head|predictor)\/0\.bias$/.test(ours)) return undefined;
    const name = ours.slice(prefix.length);
    const found = modules.find(([own]) => name.startsWith(own));
    return found && found[1] + name.slice(found[0].length);
  };
const online = theirs('');
const target = theirs('target/');

const scheduleOf = ({ targetUpdate }: Case): 'cosine-lightly' | 'cosine' =>
  targetUpdate === 'before-step' ? 'cosine-lightly' : 'cosine';

function build({ batch, dims, initial }: Trace, one: Case): Method {
  const key = rootKey(0);
  const views = [{ count: 2, size: 8, channels: 3 }];
  const mlp = { layers: 2, hidden: dims.hidden, out: dims.out, batchNorm: 'hidden' };
  const head = ({ inDim, scope }: { readonly inDim: number; readonly scope: string }) =>
    mlpHead.build(mlp, { key, inDim, scope, data: { size: batch } });
  const method = byol.build(
    {
      momentum: one.baseMomentum,
      momentumSchedule: scheduleOf(one),
      updateTarget: one.targetUpdate,
      views: one.forward === 'joint' ? 'together' : 'apart',
    },
    methodContext(
      {
        encoder: ({ scope }) => tinyNet(scope, 6, dims.features),
        head,
        predictor: head,
        objective: ({ inDim }) =>
          negativeCosineObjective.build(
            { reduction: one.loss === 'byol' ? 'byol' : 'simsiam' },
            objectiveContext(views, batch, inDim),
          ),
      },
      { views, batchSize: batch },
    ),
  );
  fill(method.variables(), initial, online);
  fill(method.buffers().filter(isParameter), initial, target);
  return method;
}

function compare(trace: Trace, one: Case): readonly Compared[] {
  const method = build(trace, one);
  const optimizer = sgdOptimizer.build(
    {
      learningRate: one.learningRate,
      momentum: one.sgdMomentum,
      weightDecay: one.weightDecay,
      exclude: one.decayOn === 'all' ? [] : ['bias', 'norm'],
    },
    { variables: method.variables() },
  );
  const progress = (step: number) => ({ step, epoch: 0, stepsPerEpoch: one.totalSteps, totalSteps: one.totalSteps });
  const norms: Compared[] = [];
  const run = runSteps({
    method,
    optimizer,
    views: (step) => [viewsFrom(trace.viewsInt[step] ?? [])],
    steps: trace.viewsInt.length,
    progress,
    rates: () => ({ learningRate: one.learningRate }),
    after: (step) => {
      norms.push(compareNorms('onlineNorms', method.variables(), one.onlineNorms, step, online));
      norms.push(compareNorms('targetNorms', method.buffers(), one.targetNorms, step, target));
    },
  });
  const options = z
    .strictObject(momentumOptions(0.996, 'cosine'))
    .parse({ momentum: one.baseMomentum, momentumSchedule: scheduleOf(one) });
  const momenta = one.momenta.map((_, step) => momentumAt(options, progress(step)));
  const compared = [
    ...compareRun(run, one),
    ...norms,
    compareValues('onlineAfter', method.variables(), one.onlineAfter, online),
    compareValues('targetAfter', method.buffers(), one.targetAfter, target),
    compareValues('onlineStatistics', method.buffers(), one.onlineStatistics, online),
    compareValues('targetStatistics', method.buffers(), one.targetStatistics, target),
    { at: '', quantity: 'momenta', error: worst(momenta, one.momenta), tolerance: 1e-9 },
  ];
  optimizer.dispose();
  method.dispose();
  return compared;
}
