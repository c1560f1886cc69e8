/** MoCo v1's and v2's steps against facebookresearch/moco in float64; `source` in the file says how they were made. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { rootKey } from '@tessera/core';
import { linearHead, mlpHead } from '@tessera/models';
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
import { moco } from './moco.ts';
import { mocoObjective } from './moco-objective.ts';

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

const { batch, dim, queueLength, queueBefore, viewsInt, cases } = readOracle('moco_trace') as Trace;

const theirs =
  (prefix: string) =>
  (ours: string): string | undefined => {
    if (!ours.startsWith(prefix)) return undefined;
    const name = ours.slice(prefix.length);
    if (name.startsWith('encoder/')) return name.slice('encoder/'.length);
    return name.startsWith('head/') ? name.replace('head/', 'fc.') : undefined;
  };
const query = theirs('');
const keyNames = theirs('key/');

function build({ mlp, momentum, temperature, initial }: Case) {
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
  const parameters = method.buffers().filter(({ name }) => !name.includes('running_'));
  fill(parameters, initial, keyNames);
  return method;
}

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(cases)('mlp $mlp: five steps', (one) => {
    const before = tf.memory().numTensors;
    const method = build(one);
    const { tensors } = method.state();
    const [queueName = ''] = Object.keys(tensors);
    const queue = tf.tensor2d(queueBefore);
    method.restore({ ...method.state(), tensors: { ...tensors, [queueName]: queue } });
    queue.dispose();
    const optimizer = sgdOptimizer.build(
      { learningRate: one.learningRate, momentum: one.sgdMomentum, weightDecay: one.weightDecay },
      { variables: method.variables() },
    );
    const steps = viewsInt.length;
    const run = runSteps({
      method,
      optimizer,
      views: (step) => [viewsFrom(viewsInt[step] ?? [])],
      steps,
      progress: (step) => ({ step, epoch: 0, stepsPerEpoch: steps, totalSteps: steps }),
      rates: () => ({ learningRate: one.learningRate }),
      after: (step) => {
        expectNorms(method.variables(), one.queryNorms, step, query);
        expectNorms(method.buffers(), one.keyNorms, step, keyNames);
        expect(JSON.stringify(method.state().json)).toContain(`"pointer":${String(one.pointerAfterStep[step])}`);
      },
    });
    expectRun(run, one);
    expectValues(method.variables(), one.queryAfter, query);
    expectValues(method.buffers(), one.keyAfter, keyNames);
    expectValues(method.buffers(), one.queryStatistics, query);
    expectValues(method.buffers(), one.keyStatistics, keyNames);
    const rows = [...(method.state().tensors[queueName] as Tensor).dataSync()];
    one.queueAfterLast.flat().forEach((value, i) => {
      expect(Math.abs((rows[i] ?? NaN) - value)).toBeLessThan(1e-4);
    });
    optimizer.dispose();
    method.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
