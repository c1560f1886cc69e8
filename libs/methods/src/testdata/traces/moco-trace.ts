/** moco_trace.json: MoCo v1's and v2's steps of facebookresearch/moco in float64; `source` in the file says how they were made. */
import { rootKey, type Method } from '@tessera/core';
import { linearHead, mlpHead } from '@tessera/models';
import { sgdOptimizer } from '@tessera/optim';
import { methodContext } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { mocoObjective } from '../../moco/moco-objective.ts';
import { moco } from '../../moco/moco.ts';
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
  readonly mlp: boolean;
  readonly momentum: number;
  readonly temperature: number;
  readonly learningRate: number;
  readonly sgdMomentum: number;
  readonly weightDecay: number;
  readonly initial: Values;
  readonly pointerAfterStep: readonly number[];
  readonly queryNorms: Norms;
  readonly keyNorms: Norms;
  readonly queryAfter: Values;
  readonly keyAfter: Values;
  readonly queueAfterLast: readonly (readonly number[])[];
  readonly queryStatistics: Values;
  readonly keyStatistics: Values;
}

interface Trace {
  readonly batch: number;
  readonly dim: number;
  readonly queueLength: number;
  readonly queueBefore: number[][];
  readonly viewsInt: readonly number[][][][][][];
  readonly cases: readonly Case[];
}

export function mocoTrace(file: unknown): readonly TraceCase[] {
  const trace = file as Trace;
  return trace.cases.map((one) => ({ name: `mlp ${String(one.mlp)}`, compare: () => compare(trace, one) }));
}

const theirs =
  (prefix: string): NameOf =>
  (ours) => {
    if (!ours.startsWith(prefix)) return undefined;
    const name = ours.slice(prefix.length);
    if (name.startsWith('encoder/')) return name.slice('encoder/'.length);
    return name.startsWith('head/') ? name.replace('head/', 'fc.') : undefined;
  };
const query = theirs('');
const keyNames = theirs('key/');
const QUEUE = 'objective/queue';

function build({ batch, dim, queueLength, queueBefore }: Trace, { mlp, momentum, temperature, initial }: Case): Method {
  const key = rootKey(0);
  const views = [{ count: 2, size: 8, channels: 3 }];
  const head = ({ inDim, scope }: { readonly inDim: number; readonly scope: string }) => {
    const context = { key, inDim, scope, data: { size: batch } };
    return mlp ? mlpHead.build({ layers: 2, out: dim }, context) : linearHead.build({ out: dim }, context);
  };
  const method = moco.build(
    { momentum },
    methodContext(
      {
        encoder: ({ scope }) => tinyNet(scope, 6),
        head,
        objective: ({ inDim }) =>
          mocoObjective.build({ length: queueLength, temperature }, objectiveContext(views, batch, inDim)),
      },
      { views, batchSize: batch },
    ),
  );
  fill(method.variables(), initial, query);
  fill(method.buffers().filter(isParameter), initial, keyNames);
  tf.tidy(() => {
    const { tensors, json } = method.state();
    method.restore({ json, tensors: { ...tensors, [QUEUE]: tf.tensor2d(queueBefore) } });
  });
  return method;
}

function compare(trace: Trace, one: Case): readonly Compared[] {
  const method = build(trace, one);
  const optimizer = sgdOptimizer.build(
    { learningRate: one.learningRate, momentum: one.sgdMomentum, weightDecay: one.weightDecay },
    { variables: method.variables() },
  );
  const steps = trace.viewsInt.length;
  const each: Compared[] = [];
  const run = runSteps({
    method,
    optimizer,
    views: (step) => [viewsFrom(trace.viewsInt[step] ?? [])],
    steps,
    progress: (step) => ({ step, epoch: 0, stepsPerEpoch: steps, totalSteps: steps }),
    rates: () => ({ learningRate: one.learningRate }),
    after: (step) => {
      each.push(compareNorms('queryNorms', method.variables(), one.queryNorms, step, query));
      each.push(compareNorms('keyNorms', method.buffers(), one.keyNorms, step, keyNames));
      const pointer = /"pointer":(\d+)/.exec(JSON.stringify(method.state().json))?.[1];
      const error = Math.abs(Number(pointer) - (one.pointerAfterStep[step] ?? NaN));
      each.push({ at: `step ${String(step)}`, quantity: 'pointer', error, tolerance: 0.5 });
    },
  });
  const rows = [...(method.state().tensors[QUEUE] as Tensor).dataSync()];
  const compared = [
    ...compareRun(run, one),
    ...each,
    compareValues('queryAfter', method.variables(), one.queryAfter, query),
    compareValues('keyAfter', method.buffers(), one.keyAfter, keyNames),
    compareValues('queryStatistics', method.buffers(), one.queryStatistics, query),
    compareValues('keyStatistics', method.buffers(), one.keyStatistics, keyNames),
    { at: '', quantity: 'queue', error: worst(rows, one.queueAfterLast.flat()), tolerance: 1e-4 },
  ];
  optimizer.dispose();
  method.dispose();
  return compared;
}
