import * as tf from '@tensorflow/tfjs-core';
import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { State, ViewSpec } from '@tessera/core';
import { openEngine, UpdateCollector } from '@tessera/engine';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { SlowSwav } from '../testdata/slow-swav.ts';
import { batchOf, noise, objectiveContext, trainingForward } from '../testdata/toy.ts';
import { swavObjective } from './swav-objective.ts';

const B = 4;
const D = 5;
const K = 6;
const specs: readonly ViewSpec[] = [
  { count: 2, size: 8, channels: 3 },
  { count: 1, size: 4, channels: 3 },
];
const build = (options: object = {}, warnings: string[] = []) =>
  swavObjective.build(
    { prototypes: K, ...options },
    { ...objectiveContext(specs, B, D), warn: (code, message) => warnings.push(`${code}: ${message}`) },
  );
type SwavObjectiveInstance = ReturnType<typeof build>;

const views = (step: number) => Array.from({ length: 3 }, (_, v) => noise(100 * step + v + 1, B, D) as Tensor2D);
const prototypesOf = (objective: SwavObjectiveInstance) => {
  const [prototypes] = objective.variables();
  if (!prototypes) throw new Error('no prototypes');
  return prototypes.variable;
};
/** One loss, its updates committed or discarded. */
function lossOf(objective: SwavObjectiveInstance, step: number, commit: boolean, stepsPerEpoch = 10) {
  const updates = new UpdateCollector();
  return tf.tidy(() => {
    const { loss, metrics } = objective.loss(views(step), batchOf(B, step, stepsPerEpoch), trainingForward(updates));
    if (commit) updates.commit();
    else updates.discard();
    return { loss: loss.dataSync()[0] ?? NaN, metrics: Object.keys(metrics) };
  });
}
const copyState = ({ tensors, json }: State) => ({
  tensors: Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.arraySync()])),
  json,
});

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
          objective.loss(inputs.slice(1) as Tensor2D[], batchOf(one.batch, 0), trainingForward(updates)).loss,
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

describe('queue', () => {
  it('trap 14: rescored with moving prototypes, pushed after use: what main_swav.py does, step by step', () => {
    const setting = {
      crops: 3,
      cropsForAssign: [0, 1],
      temperature: 0.1,
      epsilon: 0.05,
      iterations: 3,
      queueLength: 8,
      queueFromEpoch: 1,
    };
    const slow = new SlowSwav(setting);
    const objective = build({ queue: { length: 8, fromEpoch: 1 } });
    const prototypes = prototypesOf(objective);
    const used: boolean[] = [];
    for (let step = 0; step < 6; step++) {
      tf.tidy(() => {
        prototypes.assign(tf.add(prototypes, tf.mul(noise(step + 50, D, K), 0.2)));
      });
      objective.beforeStep?.(batchOf(B, step, 1).progress);
      const expected = slow.step(
        views(step).map((view) => view.arraySync()),
        tf.transpose(prototypes as Tensor as Tensor2D).arraySync(),
        step,
      );
      used.push(expected.usedQueue);
      expect(lossOf(objective, step, true, 1).loss / expected.loss).toBeCloseTo(1, 5);
      slow.queue?.forEach((rows, i) => {
        const got = objective.state().tensors[`objective/queue.${i}`]?.dataSync() ?? [];
        rows.flat().forEach((value, j) => {
          expect(got[j]).toBeCloseTo(value, 5);
        });
      });
    }
    // Fills in epochs 1 and 2, two batches of four; serves from epoch 3 on.
    expect(used).toEqual([false, false, false, true, true, true]);
  });

  it('trap 15: serves once its last slot is filled, from then on in every batch of every epoch', () => {
    const with_ = build({ queue: { length: 10, fromEpoch: 1 } });
    const without = build();
    // Three steps an epoch; batches of 4 fill 10 slots in the steps 3, 4 and 5.
    const differs = Array.from({ length: 12 }, (_, step) => {
      const [a, b] = [with_, without].map((objective) => lossOf(objective, step, true, 3).loss);
      return Math.abs((a ?? NaN) - (b ?? NaN)) > 1e-4;
    });
    expect(differs).toEqual([...Array<boolean>(6).fill(false), ...Array<boolean>(6).fill(true)]);
  });

  it('starts at a step too, and takes batches longer than itself', () => {
    const objective = build({ queue: { length: 3, fromStep: 2 } });
    for (const step of [0, 1]) lossOf(objective, step, true);
    expect(objective.state().json).toMatchObject({ filled: 0 });
    lossOf(objective, 2, true);
    expect(objective.state().json).toMatchObject({ filled: B });
    const [newest] = views(2);
    const first = tf.div<Tensor2D>(newest as Tensor2D, tf.norm(newest as Tensor2D, 2, 1, true)).arraySync()[0] ?? [];
    const got = objective.state().tensors['objective/queue.0']?.arraySync() as number[][];
    expect(got).toHaveLength(3);
    first.forEach((value, d) => {
      expect(got[0]?.[d]).toBeCloseTo(value, 5);
    });
  });
});

describe('prototypes', () => {
  it('trap 16: have unit length after beforeStep, columns being vectors', () => {
    const objective = build();
    objective.beforeStep?.(batchOf(B, 0).progress);
    tf.norm(prototypesOf(objective), 2, 0)
      .dataSync()
      .forEach((length) => {
        expect(length).toBeCloseTo(1, 5);
      });
  });

  it('trap 16: the normalisation is not on the tape: gradients keep their part along the vectors', () => {
    const objective = build();
    objective.beforeStep?.(batchOf(B, 0).progress);
    const prototypes = prototypesOf(objective);
    const { grads } = tf.variableGrads(
      () => objective.loss(views(0), batchOf(B, 0), trainingForward(new UpdateCollector())).loss,
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
    const { loss } = objective.loss(zeros, batchOf(B, 0), trainingForward(new UpdateCollector()));
    expect(loss.dataSync()[0]).toBeCloseTo(Math.log(K), 5);
  });

  it('start as torch starts a linear layer: uniform within 1 / sqrt(D), the same for the same key', () => {
    const [one, two] = [build(), build()].map((objective) => [...prototypesOf(objective).dataSync()]);
    expect(one).toEqual(two);
    expect(Math.max(...(one ?? []).map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(D));
    expect(Math.max(...(one ?? []))).toBeGreaterThan(0.8 / Math.sqrt(D));
  });

  it('trap 18: are named as frozen for the first steps or epochs, and then not', () => {
    const frozen = (objective: SwavObjectiveInstance, step: number) => objective.frozen?.(batchOf(B, step).progress);
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
      objective.beforeStep?.(batchOf(B, step).progress);
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

  it('trap 21: an epoch of collapse is worth a warning that names remedies, a healthy one is not', () => {
    const warnings: string[] = [];
    const objective = build({ prototypes: 4 }, warnings);
    lossOf(objective, 0, true);
    objective.epochMetrics?.();
    expect(warnings).toEqual([]);
    prototypesOf(objective).assign(tf.ones([D, 4]));
    lossOf(objective, 1, true);
    objective.epochMetrics?.();
    expect(warnings).toEqual([expect.stringMatching(/^W_COLLAPSE: .*ln 4 = 1\.3863.*epsilon/)]);
  });
});
