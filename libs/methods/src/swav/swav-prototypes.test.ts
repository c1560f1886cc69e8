import * as tf from '@tensorflow/tfjs-core';
import type { Rank } from '@tensorflow/tfjs-core';
import { openEngine, UpdateCollector } from '@tessera/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { B, D, K, specs, build, type SwavObjectiveInstance, views, prototypesOf } from '../testdata/small-swav.ts';
import { stepOf, objectiveContext } from '../testdata/toy.ts';
import { trainingForward } from '@tessera/engine';
import { swavObjective } from './swav-objective.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

describe('prototypes', () => {
  it('trap 16: have unit length after beforeStep, columns being vectors', () => {
    const objective = build();
    objective.beforeStep?.(stepOf(B, 0).progress);
    tf.norm(prototypesOf(objective), 2, 0)
      .dataSync()
      .forEach((length) => {
        expect(length).toBeCloseTo(1, 5);
      });
  });

  it('trap 16: the normalisation is not on the tape: gradients keep their part along the vectors', () => {
    const objective = build();
    objective.beforeStep?.(stepOf(B, 0).progress);
    const prototypes = prototypesOf(objective);
    const { grads } = tf.variableGrads(
      () => objective.loss({ online: views(0) }, {}, trainingForward(new UpdateCollector(), stepOf(B, 0))).loss,
      [prototypes],
    );
    // Behind a norm that is on the tape (solo-learn's weight_norm) these products would all be 0.
    const along = tf.sum(tf.mul(grads[prototypes.name] ?? tf.scalar(NaN), prototypes), 0);
    expect(tf.min(tf.abs(along)).dataSync()[0]).toBeGreaterThan(1e-3);
  });

  it('trap 17: are a layer without bias: a score is the product with a vector of unit length and no more', () => {
    const objective = build();
    expect(objective.variables().map(({ name, variable }) => [name, variable.shape])).toEqual([
      ['objective/prototypes', [D, K]],
    ]);
    const zeros = Array.from({ length: 3 }, () => tf.zeros<Rank.R2>([B, D]));
    const { loss } = objective.loss({ online: zeros }, {}, trainingForward(new UpdateCollector(), stepOf(B, 0)));
    expect(loss.dataSync()[0]).toBeCloseTo(Math.log(K), 5);
  });

  it('start as torch starts a linear layer: uniform within 1 / sqrt(D), the same for the same key', () => {
    const [one, two] = [build(), build()].map((objective) => [...prototypesOf(objective).dataSync()]);
    expect(one).toEqual(two);
    expect(Math.max(...(one ?? []).map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(D));
    expect(Math.max(...(one ?? []))).toBeGreaterThan(0.8 / Math.sqrt(D));
  });

  it('trap 18: are named as frozen for the first steps or epochs, and then not', () => {
    const frozen = (objective: SwavObjectiveInstance, step: number) => objective.frozen?.(stepOf(B, step).progress);
    expect([9, 10].map((step) => frozen(build({ freezeEpochs: 1 }), step))).toEqual([['objective/prototypes'], []]);
    expect([2, 3].map((step) => frozen(build({ freezeSteps: 3 }), step))).toEqual([['objective/prototypes'], []]);
  });

  it('trap 22: more prototypes than batch and queue is worth a warning', () => {
    const warnings: string[] = [];
    build({ prototypes: 6, queue: { length: 2 } }, warnings);
    expect(warnings).toEqual([]);
    build({ prototypes: 7, queue: { length: 2 } }, warnings);
    expect(warnings).toEqual([
      expect.stringContaining('W_PROTOTYPES_EXCEED_BATCH: 7 prototypes cannot share 6 samples'),
    ]);
  });

  it('have no silent number', () => {
    expect(() => swavObjective.build({}, objectiveContext(specs, B, D))).toThrow(/prototypes' is missing.*no default/);
  });
});
