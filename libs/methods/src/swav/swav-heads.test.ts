/** Several heads of prototypes, hard codes. The formula against its oracle: libs/losses/src/prototypes/swav-variants.test.ts. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Objective, ViewSpec } from '@tessera/core';
import { l2Normalize, openEngine, trainingForward, UpdateCollector } from '@tessera/engine';
import { prototypeLoss } from '@tessera/losses';
import { beforeAll, describe, expect, it } from 'vitest';
import { noise, objectiveContext, stepOf } from '../testdata/toy.ts';
import { swavObjective } from './swav-objective.ts';

const B = 4;
const D = 5;
const specs: readonly ViewSpec[] = [
  { count: 2, size: 8, channels: 3 },
  { count: 1, size: 4, channels: 3 },
];
const build = (options: object, warnings: string[] = []) =>
  swavObjective.build(options, {
    ...objectiveContext(specs, B, D),
    warn: (code, message) => warnings.push(`${code}: ${message}`),
  });
const views = (step: number) => Array.from({ length: 3 }, (_, v) => noise(100 * step + v + 1, B, D) as Tensor2D);

function tellStep(objective: Objective, step: number): Record<string, number> {
  const updates = new UpdateCollector();
  const batch = stepOf(B, step);
  objective.beforeStep?.(batch.progress);
  const result = tf.tidy(() => {
    const { loss, metrics } = objective.loss({ online: views(step) }, {}, trainingForward(updates, batch));
    return Object.fromEntries(
      Object.entries({ loss, ...metrics }).map(([name, x]) => [
        name,
        typeof x === 'number' ? x : (x.dataSync()[0] ?? NaN),
      ]),
    );
  });
  updates.commit();
  return result;
}

/** The mean over heads of the pure formula. */
function formula(objective: Objective, step: number, codes: 'soft' | 'hard', past?: readonly Tensor2D[]): number {
  const losses = objective.variables().map(({ variable }) => {
    const { loss } = prototypeLoss(l2Normalize(tf.concat(views(step))), variable as tf.Tensor as Tensor2D, {
      crops: 3,
      cropsForAssign: [0, 1],
      temperature: 0.1,
      epsilon: 0.05,
      iterations: 3,
      codes,
      ...(past && { past }),
    });
    return loss.dataSync()[0] ?? NaN;
  });
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

beforeAll(async () => {
  await openEngine('cpu');
});

describe('several heads', () => {
  it.each(['soft', 'hard'] as const)('the loss is the mean over heads, %s codes', (codes) => {
    const objective = build({ prototypes: [6, 4], codes });
    const { loss } = tellStep(objective, 0);
    expect(loss).toBeCloseTo(formula(objective, 0, codes), 5);
    expect(loss).not.toBeCloseTo(formula(objective, 0, codes === 'soft' ? 'hard' : 'soft'), 3);
  });

  it('share one queue, each rescoring it with its own prototypes', () => {
    const objective = build({ prototypes: [6, 4], queue: { length: 2 * B } });
    for (const step of [0, 1]) tellStep(objective, step);
    const past = [0, 1].map((i) => tf.clone(objective.state().tensors[`objective/queue.${i}`] as Tensor2D));
    const { loss } = tellStep(objective, 2);
    expect(loss).toBeCloseTo(formula(objective, 2, 'soft', past), 5);
    expect(loss).not.toBeCloseTo(formula(objective, 2, 'soft'), 3);
  });

  it('have their own variables, of different values, frozen together; one head keeps its plain name', () => {
    const objective = build({ prototypes: [6, 6], freezeSteps: 1 });
    const [one, two] = objective.variables();
    expect(objective.variables().map(({ name, role }) => [name, role])).toEqual([
      ['objective/prototypes.0', 'prototype'],
      ['objective/prototypes.1', 'prototype'],
    ]);
    expect([...(one?.variable.dataSync() ?? [])]).not.toEqual([...(two?.variable.dataSync() ?? [])]);
    expect(objective.frozen?.(stepOf(B, 0).progress)).toEqual(['objective/prototypes.0', 'objective/prototypes.1']);
    expect(
      build({ prototypes: [6] })
        .variables()
        .map(({ name }) => name),
    ).toEqual(['objective/prototypes']);
  });

  it('every head gets a gradient', () => {
    const objective = build({ prototypes: [6, 4], codes: 'hard' });
    const variables = objective.variables().map(({ variable }) => variable);
    const updates = new UpdateCollector();
    const { grads } = tf.variableGrads(
      () => objective.loss({ online: views(0) }, {}, trainingForward(updates, stepOf(B, 0))).loss,
      variables,
    );
    updates.discard();
    for (const { name } of variables)
      expect(tf.max(tf.abs(grads[name] ?? tf.scalar(0))).dataSync()[0]).toBeGreaterThan(0);
  });

  it('go through state and restore, and leak nothing', () => {
    const start = tf.memory().numTensors;
    const options = { prototypes: [6, 4], queue: { length: B } };
    const objective = build(options);
    const other = build(options);
    tf.tidy(() => {
      tellStep(objective, 0);
      expect(Object.keys(objective.state().tensors)).toEqual([
        'objective/queue.0',
        'objective/queue.1',
        'objective/votes.0',
        'objective/sums.0',
        'objective/votes.1',
        'objective/sums.1',
      ]);
      other.restore(objective.state());
      other.variables().forEach(({ variable }, i) => {
        variable.assign(tf.clone(objective.variables()[i]?.variable ?? variable));
      });
      expect([1, 2].map((step) => tellStep(other, step))).toEqual([1, 2].map((step) => tellStep(objective, step)));
      expect(other.epochMetrics?.()).toEqual(objective.epochMetrics?.());
      const single = build({ prototypes: 6, queue: { length: B } });
      expect(() => {
        single.restore(objective.state());
      }).toThrow(/does not fit/);
      single.dispose();
    });
    const before = tf.memory().numTensors;
    tellStep(objective, 3);
    expect(tf.memory().numTensors).toBe(before);
    for (const one of [objective, other]) one.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });

  it('trap 21: a head that collapses is warned about, one that does not is not', () => {
    const warnings: string[] = [];
    const objective = build({ prototypes: [4, 3] }, warnings);
    objective.variables()[1]?.variable.assign(tf.ones([D, 3]));
    for (let at = 0; at < 3; at++) tellStep(objective, at);
    expect(warnings).toEqual([expect.stringMatching(/^W_COLLAPSE: .*ln 3 = 1\.0986/)]);
  });

  it('trap 22: the largest head counts against batch and queue', () => {
    const warnings: string[] = [];
    build({ prototypes: [4, 7] }, warnings);
    expect(warnings).toEqual([expect.stringContaining('7 prototypes cannot share 4 samples')]);
  });
});

describe('hard codes', () => {
  it('trap 21: hide no collapse: sharpness is that of the soft codes', () => {
    const warnings: string[] = [];
    const objective = build({ prototypes: 4, codes: 'hard' }, warnings);
    objective.variables()[0]?.variable.assign(tf.ones([D, 4]));
    const { loss, codeSharpness } = tellStep(objective, 0);
    expect(loss).toBeCloseTo(Math.log(4), 5);
    expect(codeSharpness).toBeCloseTo(0.25, 5);
    for (let at = 1; at < 3; at++) tellStep(objective, at);
    expect(warnings).toEqual([expect.stringContaining('W_COLLAPSE')]);
  });
});

it.each([[[]], [[6, 1]], ['many'], [1]])('refuses prototypes: %j', (prototypes) => {
  expect(() => build({ prototypes })).toThrow(/prototypes/);
});
