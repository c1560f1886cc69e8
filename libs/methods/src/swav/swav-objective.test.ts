import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { State } from '@tessera/core';
import { openEngine, UpdateCollector } from '@tessera/engine';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  B,
  D,
  K,
  build,
  type SwavObjectiveInstance,
  views,
  prototypesOf,
  lossOf,
  copyState,
} from '../testdata/small-swav.ts';
import { stepOf, objectiveContext } from '../testdata/toy.ts';
import { trainingForward } from '@tessera/engine';
import { swavObjective } from './swav-objective.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

describe('against main_swav.py (oracle swav_loss)', () => {
  interface Case {
    readonly batch: number;
    readonly prototypes: number;
    readonly dim: number;
    readonly crops: number;
    readonly embeddings: number[][];
    readonly prototypeVectors: number[][];
    readonly queueBefore: number[][][] | null;
    readonly queueAfter: number[][][] | null;
    readonly loss: number;
    readonly gradEmbeddings: number[][];
    readonly gradPrototypes: number[][];
  }
  const file = readFileSync(new URL('../testdata/swav_loss.json', import.meta.url), 'utf8');
  const { cases } = JSON.parse(file) as { cases: Case[] };
  const worst = (got: Tensor | undefined, expected: number[][]) => {
    const values = got?.dataSync() ?? [];
    const want = expected.flat();
    return Math.max(...want.map((value, i) => Math.abs(value - (values[i] ?? NaN)))) / Math.max(...want.map(Math.abs));
  };

  it.each(cases.map((one) => [one.crops, one.queueBefore ? 'a' : 'no', one] as const))(
    '%i crops, %s queue',
    (crops, _queue, one) => {
      const queue = one.queueBefore ? { length: one.queueBefore[0]?.length ?? 0 } : null;
      const objective = swavObjective.build(
        { prototypes: one.prototypes, queue },
        objectiveContext([{ count: crops, size: 8, channels: 3 }], one.batch, one.dim),
      );
      const prototypes = prototypesOf(objective);
      prototypes.assign(tf.transpose(tf.tensor2d(one.prototypeVectors)));
      if (one.queueBefore) {
        const { tensors, json } = objective.state();
        const saved = Object.fromEntries(one.queueBefore.map((rows, i) => [`objective/queue.${i}`, tf.tensor2d(rows)]));
        objective.restore({
          tensors: { ...tensors, ...saved },
          json: { ...(json as object), filled: queue?.length ?? 0 },
        });
      }
      const updates = new UpdateCollector();
      const rows = tf.split(tf.tensor2d(one.embeddings), crops);
      const { value, grads } = tf.valueAndGrads(
        (...inputs: Tensor[]) =>
          objective.loss({ online: inputs.slice(1) as Tensor2D[] }, {}, trainingForward(updates, stepOf(one.batch, 0)))
            .loss,
      )([prototypes, ...rows]);
      updates.commit();
      expect(Math.abs((value.dataSync()[0] ?? NaN) / one.loss - 1)).toBeLessThan(1e-5);
      const [gradPrototypes, ...gradRows] = grads as Tensor2D[];
      expect(worst(gradPrototypes && tf.transpose(gradPrototypes), one.gradPrototypes)).toBeLessThan(1e-4);
      expect(
        worst(tangent(tf.concat(gradRows), one.embeddings), tangentRows(one.gradEmbeddings, one.embeddings)),
      ).toBeLessThan(1e-4);
      one.queueAfter?.forEach((queueRows, i) => {
        expect(worst(objective.state().tensors[`objective/queue.${i}`], queueRows)).toBeLessThan(1e-6);
      });
      objective.dispose();
    },
  );

  // The oracle's gradient is taken behind the normalisation, ours before it: they agree across the sphere's tangent.
  function tangentRows(gradient: number[][], points: number[][]): number[][] {
    return gradient.map((row, i) => {
      const along = row.reduce((sum, value, d) => sum + value * (points[i]?.[d] ?? NaN), 0);
      return row.map((value, d) => value - along * (points[i]?.[d] ?? NaN));
    });
  }
  function tangent(gradient: Tensor2D, points: number[][]): Tensor2D {
    return tf.tensor2d(tangentRows(gradient.arraySync(), points));
  }
});

describe('state', () => {
  it('discarded updates change nothing', () => {
    const objective = build({ queue: { length: 8 } });
    lossOf(objective, 0, true);
    const before = copyState(objective.state());
    lossOf(objective, 1, false);
    expect(copyState(objective.state())).toEqual(before);
  });

  it('trap 40: queue and counters restore exactly: the run goes on with the same numbers', () => {
    const objective = build({ queue: { length: 8 } });
    for (const step of [0, 1]) lossOf(objective, step, true);
    const { tensors, json } = objective.state();
    const saved: State = {
      tensors: Object.fromEntries(
        Object.entries(tensors).map(([name, x]) => [name, tf.tensor(x.dataSync().slice(), x.shape)]),
      ),
      json: structuredClone(json),
    };
    const other = build({ queue: { length: 8 } });
    other.restore(saved);
    const goOn = (one: SwavObjectiveInstance) =>
      [2, 3].map((step) => lossOf(one, step, true).loss).concat(Object.values(one.epochMetrics?.() ?? {}));
    expect(goOn(other)).toEqual(goOn(objective));
  });

  it('refuses what does not fit', () => {
    const { tensors, json } = build({ queue: { length: 8 } }).state();
    expect(() => {
      build({ queue: { length: 4 } }).restore({ tensors, json });
    }).toThrow(/does not fit/);
    expect(() => {
      build().restore({ tensors, json });
    }).toThrow(/does not fit/);
    expect(() => {
      build({ queue: { length: 8 } }).restore({ tensors, json: null });
    }).toThrow(/counters null/);
  });

  it('leaks nothing over steps, and nothing after dispose', () => {
    const start = tf.memory().numTensors;
    const objective = build({ queue: { length: 4 } });
    const counts = [0, 1, 2, 3].map((step) => {
      objective.beforeStep?.(stepOf(B, step).progress);
      lossOf(objective, step, step % 2 === 0);
      if (step === 2) objective.epochMetrics?.();
      return tf.memory().numTensors;
    });
    expect(new Set(counts).size).toBe(1);
    objective.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });
});

describe('metrics', () => {
  it('count the largest predictions of the assigned crops over an epoch, then start over', () => {
    const objective = build();
    const votes = Array.from({ length: K }, () => 0);
    for (const step of [0, 1, 2]) {
      expect(lossOf(objective, step, true).metrics).toEqual(['codeSharpness', 'marginalError', 'prototypeEntropy']);
      for (const view of views(step).slice(0, 2)) {
        const scores = tf.matMul(view, prototypesOf(objective));
        for (const k of tf.argMax(scores, 1).dataSync()) votes[k] = (votes[k] ?? 0) + 1;
      }
    }
    const total = votes.reduce((a, b) => a + b, 0);
    const entropy = votes.reduce((sum, n) => (n ? sum - (n / total) * Math.log(n / total) : sum), 0);
    const metrics = objective.epochMetrics?.() ?? {};
    expect(metrics['prototypeUsageEntropy']).toBeCloseTo(entropy / Math.log(K), 5);
    expect(metrics['codeSharpness']).toBeGreaterThan(1 / K);
    expect(metrics['codeSharpness']).toBeLessThanOrEqual(1);
    expect(objective.epochMetrics?.()).toEqual({});
  });

  it('trap 21: a collapse is worth one warning that names remedies, and one when it is over; a healthy run none', () => {
    const warnings: string[] = [];
    const objective = build({ prototypes: 4 }, warnings);
    let at = 0;
    const steps = (count: number): void => {
      for (let i = 0; i < count; i++) lossOf(objective, at++, true);
    };
    steps(60);
    expect(warnings).toEqual([]);
    const sound = tf.clone(prototypesOf(objective));
    prototypesOf(objective).assign(tf.ones([D, 4]));
    steps(50);
    expect(warnings).toEqual([expect.stringMatching(/^W_COLLAPSE: .*ln 4 = 1\.3863.*epsilon/)]);
    prototypesOf(objective).assign(sound);
    steps(120);
    expect(warnings.slice(1)).toEqual([expect.stringMatching(/^W_COLLAPSE_OVER: .*at step 63 is over at step \d+$/)]);
  });

  it('trap 21: codes that a large epsilon makes flat are one, and epsilon is named', () => {
    const warnings: string[] = [];
    const objective = build({ prototypes: 4, epsilon: 10 }, warnings);
    for (let at = 0; at < 60; at++) lossOf(objective, at, true);
    expect(warnings).toEqual([expect.stringMatching(/^W_COLLAPSE: .*likely cause is epsilon, 10/)]);
  });

  it('trap 40: a collapse that was told is not told again by a run that is continued', () => {
    const [first, later]: [string[], string[]] = [[], []];
    const objective = build({ prototypes: 4, epsilon: 1000 }, first);
    const other = build({ prototypes: 4, epsilon: 1000 }, later);
    for (let at = 0; at < 5; at++) lossOf(objective, at, true);
    other.restore(objective.state());
    for (let at = 5; at < 60; at++) lossOf(other, at, true);
    expect([first.length, later.length]).toEqual([1, 0]);
  });
});
