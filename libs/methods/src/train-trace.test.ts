/** Whole training steps (ResNet-18, head, objective, SGD) against PyTorch; the engines that are fast enough. */
import * as tf from '@tensorflow/tfjs-core';
import { rootKey, type Method, type Objective, type ViewSpec } from '@tessera/core';
import { withExactSums } from '@tessera/engine';
import { ntXentObjective } from '@tessera/losses';
import { mlpHead, resnetEncoder } from '@tessera/models';
import { sgdOptimizer } from '@tessera/optim';
import { describeEngines, methodContext } from '@tessera/testing';
import { expect, it, vi } from 'vitest';
import { simclr } from './simclr/simclr.ts';
import { swav } from './swav/swav.ts';
import { swavObjective } from './swav/swav-objective.ts';
import { objectiveContext } from './testdata/toy.ts';
import {
  fillByFormula,
  readOtherSide,
  readTraces,
  runTrace,
  stateDictNames,
  traceViews,
  type Trace,
} from './testdata/train-trace.ts';

const BATCH = 8;
const key = rootKey(0);
vi.setConfig({ testTimeout: 300_000 });

await describeEngines(['torch', 'tensorflow'], () => {
  it('simclr: five steps', () => {
    const views: readonly ViewSpec[] = [{ count: 2, size: 32, channels: 3 }];
    const build = () => ntXentObjective.build({ temperature: 0.5 }, objectiveContext(views, BATCH, 128));
    check(simclr, views, { layers: 2, out: 128 }, build, [readTraces().simclrSgd]);
  });

  const views: readonly ViewSpec[] = [
    { count: 2, size: 32, channels: 3 },
    { count: 2, size: 16, channels: 3 },
  ];
  const checkSwav = (branches: readonly Trace[]): void => {
    const options = { prototypes: 16, queue: { length: 16 }, freezeSteps: 2 };
    const build = () => swavObjective.build(options, objectiveContext(views, BATCH, 64));
    check(swav, views, { layers: 2, hidden: 256, out: 64, batchNorm: 'hidden' }, build, branches);
  };

  it('swav: five steps with multi-crop, queue and frozen prototypes', ({ skip }) => {
    // libtensorflow takes the other side too, and its own rounding grows to 4e-4 of the fifth loss.
    if (tf.getBackend() === 'tensorflow') skip('tensorflow is held to the file with sums in float64 only, below');
    // One pre-activation of the first step is 1.17e-7 in float64, below float32's rounding: which side an engine takes decides all
    // steps from the third on. Either way every number of every step must be that of float64 on the same side (docs/correctness.md).
    checkSwav([readTraces().swavSgd, readOtherSide()]);
  });

  it('swav: the same, summed in float64, is the file in every number', ({ skip }) => {
    const { exact } = withExactSums(() => undefined);
    if (!exact) skip(`${tf.getBackend()} cannot sum in float64`);
    withExactSums(() => {
      checkSwav([readTraces().swavSgd]);
    });
  });
});

function check(
  extension: typeof simclr,
  views: readonly ViewSpec[],
  head: object,
  buildObjective: () => Objective,
  branches: readonly Trace[],
): void {
  const before = tf.memory().numTensors;
  const method = extension.build(
    {},
    methodContext(
      {
        encoder: () => resnetEncoder.build({ depth: 18, stem: 'cifar' }, { key, scope: 'encoder', inputChannels: 3 }),
        head: ({ inDim }) => mlpHead.build(head, { key, scope: 'head', inDim, data: { size: BATCH } }),
        objective: buildObjective,
      },
      { key, views, batchSize: BATCH },
    ),
  );
  fill(method);
  const optimizer = sgdOptimizer.build(
    { learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 },
    { variables: method.variables() },
  );
  const got = runTrace(method, optimizer, (step) => traceViews(views, BATCH, step), {
    steps: 5,
    batch: BATCH,
    learningRate: 0.03,
  });
  // The sides' losses differ by 3 % at the fourth step.
  const trace = branches.find(({ losses }) => worst(got.losses, losses) < 1e-4);
  expect(trace, `losses ${got.losses.join(', ')}`).toBeDefined();
  if (!trace) return;
  expect(worst(got.globalGradNorms, trace.globalGradNorms)).toBeLessThan(2e-3);
  const names = Object.keys(trace.paramNormsAfter);
  expect(Object.keys(got.paramNormsAfter).sort()).toEqual(names.toSorted());
  const pick = (from: Readonly<Record<string, number>>) => names.map((name) => from[name] ?? NaN);
  expect(worst(pick(got.paramNormsAfter), pick(trace.paramNormsAfter))).toBeLessThan(1e-3);
  optimizer.dispose();
  method.dispose();
  expect(tf.memory().numTensors).toBe(before);
}

/** Each module is filled as its own state dict, so the tensor count starts over. */
function fill(method: Method): void {
  const all = [...method.variables(), ...method.buffers()];
  for (const scope of ['encoder/', 'head/']) {
    const own = method.variables().filter(({ name }) => name.startsWith(scope));
    fillByFormula(
      all.filter(({ name }) => name.startsWith(scope)),
      stateDictNames(own.map(({ name }) => name.slice(scope.length))),
    );
  }
  const prototypes = all.filter(({ name }) => name === 'objective/prototypes');
  if (prototypes.length > 0) fillByFormula(prototypes, ['prototypes']);
}

const worst = (got: readonly number[], expected: readonly number[]): number =>
  Math.max(...expected.map((value, i) => Math.abs((got[i] ?? NaN) / value - 1)));
