import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { trainingForward, UpdateCollector } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import { inLockStep } from '@tessera/testing/lock-step';
import { expect, it } from 'vitest';
import { errorOfLargest, readOracle, relativeError } from '../testdata/read.ts';
import { objectiveContext, stepOf } from '../testdata/toy.ts';
import { dinoObjective, dinoOptions, teacherTemperature } from './dino-objective.ts';

interface Case {
  readonly batch: number;
  readonly outDim: number;
  readonly globalCrops: number;
  readonly localCrops: number;
  readonly studentTemperature: number;
  readonly centreMomentum: number;
  readonly teacherTemperature: {
    readonly warmupStart: number;
    readonly final: number;
    readonly warmupEpochs: number;
    readonly perEpoch: number[];
  };
  readonly steps: {
    readonly epoch: number;
    readonly studentOutput: number[][];
    readonly teacherOutput: number[][];
    readonly loss: number;
    readonly gradStudent: number[][];
    readonly centreAfter: number[];
  }[];
}

const { cases } = readOracle('dino_loss') as { readonly cases: Case[] };

const optionsOf = (one: Case) => ({
  studentTemperature: one.studentTemperature,
  centreMomentum: one.centreMomentum,
  teacherTemperature: one.teacherTemperature.final,
  warmupTeacherTemperature: one.teacherTemperature.warmupStart,
  warmupEpochs: one.teacherTemperature.warmupEpochs,
});

function build(one: Case) {
  const views = [
    { count: one.globalCrops, size: 8, channels: 3 },
    { count: one.localCrops, size: 4, channels: 3 },
  ].filter(({ count }) => count > 0);
  return dinoObjective.build(optionsOf(one), objectiveContext(views, one.batch, one.outDim));
}

const at = (batch: number, epoch: number) => {
  const step = stepOf(batch, 0);
  return { ...step, progress: { ...step.progress, epoch } };
};

await describeEngines(['torch', 'wasm', 'cpu'], () => {
  it.each(cases)('$localCrops local crops: losses, gradients and centres of the reference', (one) => {
    const before = tf.memory().numTensors;
    const objective = build(one);
    const crops = one.globalCrops + one.localCrops;
    for (const { epoch, studentOutput, teacherOutput, loss, gradStudent, centreAfter } of one.steps) {
      const updates = new UpdateCollector();
      tf.tidy(() => {
        const forward = trainingForward(updates, at(one.batch, epoch));
        const teacher: Tensor2D[] = tf.split(tf.tensor2d(teacherOutput), one.globalCrops);
        const { value, grad } = tf.valueAndGrad((x: Tensor) => {
          const student: Tensor2D[] = tf.split(x, crops);
          return objective.loss({ student, teacher }, {}, forward).loss;
        })(tf.tensor2d(studentOutput));
        expect(relativeError(value, loss)).toBeLessThan(1e-5);
        expect(errorOfLargest(grad, gradStudent)).toBeLessThan(1e-4);
      });
      updates.commit();
      expect(errorOfLargest(objective.state().tensors['objective/centre'] as Tensor, centreAfter)).toBeLessThan(1e-5);
    }
    objective.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('on two ranks the centre is the mean of both', () => {
    const one = cases.find(({ batch }) => batch % 2 === 0);
    const step = one?.steps[0];
    if (!one || !step) throw new Error('no case');
    const half = one.batch / 2;
    const share = (rows: number[][], from: number) =>
      Array.from({ length: rows.length / one.batch }, (_, crop) =>
        tf.tensor2d(rows.slice(crop * one.batch + from, crop * one.batch + from + half)),
      );
    const results = inLockStep([0, half], (from, collective) => {
      const objective = build(one);
      const updates = new UpdateCollector();
      try {
        return tf.tidy(() => {
          const forward = { ...trainingForward(updates, at(half, step.epoch)), collective };
          const { loss } = objective.loss(
            { student: share(step.studentOutput, from), teacher: share(step.teacherOutput, from) },
            {},
            forward,
          );
          updates.commit();
          return { loss, centre: tf.clone(objective.state().tensors['objective/centre'] as Tensor) };
        });
      } finally {
        updates.discard();
        objective.dispose();
      }
    });
    for (const { loss, centre } of results) {
      expect(relativeError(loss, step.loss)).toBeLessThan(1e-5);
      expect(errorOfLargest(centre, step.centreAfter)).toBeLessThan(1e-5);
    }
    tf.dispose(results.map(({ loss, centre }) => [loss, centre]));
  });
});

it.each(cases)('the teacher temperature of every epoch, $teacherTemperature.warmupEpochs of warm-up', (one) => {
  const options = dinoOptions.parse(optionsOf(one));
  one.teacherTemperature.perEpoch.forEach((want, epoch) => {
    expect(teacherTemperature(options, epoch)).toBeCloseTo(want, 9);
  });
});
