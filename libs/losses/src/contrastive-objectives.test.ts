import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { rootKey, singleProcess, type ContextOf, type Objective } from '@tessera/core';
import { openEngine, trainingForward, UpdateCollector } from '@tessera/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { marginTripletObjective } from './margin-triplet-objective.ts';
import { ntLogisticObjective } from './nt-logistic-objective.ts';
import { ntXentObjective } from './nt-xent-objective.ts';
import { relativeError, wave } from './testdata/read.ts';

const B = 4;
const progressAt = (step: number) => ({ step, epoch: 0, stepsPerEpoch: 1000, totalSteps: 1000 });

function context(warnings: string[] = [], counts: readonly number[] = [2]): ContextOf['objective'] {
  return {
    key: rootKey(0),
    inDim: 3,
    batchSize: B,
    views: counts.map((count, i) => ({ count, size: 32 >> i, channels: 3 })),
    data: { size: B },
    collective: singleProcess,
    scope: 'objective',
    warn: (code, message) => warnings.push(`${code}: ${message}`),
  };
}

const diverse = (views = 2) => Array.from({ length: views }, (_, v) => tf.tensor2d(wave(B, 3, 0.3 * v)));
const alike = (views = 2) =>
  Array.from({ length: views }, () => tf.tensor2d(Array.from({ length: B }, () => [1, 2, 3])));

/** One step's loss, committed. */
function step(objective: Objective, views: Tensor2D[], at = 100): { loss: number; metrics: Record<string, number> } {
  const updates = new UpdateCollector();
  const { loss, metrics } = objective.loss(
    { online: views },
    {},
    trainingForward(updates, { progress: progressAt(at) }),
  );
  updates.commit();
  const read = (x: tf.Scalar | number) => (typeof x === 'number' ? x : (x.dataSync()[0] ?? NaN));
  return {
    loss: read(loss),
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, x]) => [name, read(x)])),
  };
}

beforeAll(async () => {
  await openEngine('cpu');
});

describe('trap 6: there is no silent temperature or margin', () => {
  it('nt-logistic', () => {
    expect(() => ntLogisticObjective.build({}, context())).toThrow(/temperature' is missing.*no default/);
    expect(() => ntLogisticObjective.build({ temperature: 0 }, context())).toThrow(/temperature/);
  });

  it('margin-triplet', () => {
    expect(() => marginTripletObjective.build({}, context())).toThrow(/margin' is missing.*no default/);
    expect(() => marginTripletObjective.build({ margin: -0.1 }, context())).toThrow(/margin/);
    expect(() => marginTripletObjective.build({ margin: 1, semiHard: 'some' }, context())).toThrow(/semiHard/);
  });

  it('a margin of 0 is one that SimCLR tried', () => {
    expect(step(marginTripletObjective.build({ margin: 0 }, context()), diverse()).loss).toBeGreaterThanOrEqual(0);
  });
});

describe('metrics', () => {
  it('an entropy is told where there is a temperature', () => {
    const logistic = step(ntLogisticObjective.build({ temperature: 0.5 }, context()), alike());
    expect(logistic.metrics['contrastiveEntropy']).toBeCloseTo(Math.log(B), 5);
    const margin = step(marginTripletObjective.build({ margin: 0.8 }, context()), [tf.eye(4), tf.eye(4)]);
    expect(margin.metrics).toEqual({ contrastiveAccuracy: 1 });
  });
});

const collapsing: readonly (readonly [string, (warn: string[]) => Objective, number, RegExp])[] = [
  [
    'nt-xent',
    (warnings) => ntXentObjective.build({ temperature: 0.1 }, context(warnings)),
    Math.log(7),
    /^W_COLLAPSE: .*ln\(2N - 1\) = 1\.9459/,
  ],
  [
    'nt-xent, google',
    (warnings) => ntXentObjective.build({ temperature: 0.1, reduction: 'google' }, context(warnings)),
    2 * Math.log(7),
    /2 ln\(2N - 1\) = 3\.8918/,
  ],
  [
    'nt-logistic',
    (warnings) => ntLogisticObjective.build({ temperature: 0.5 }, context(warnings)),
    2 + 2 * Math.log1p(Math.exp(-2)),
    /sigmoid/,
  ],
  ['margin-triplet', (warnings) => marginTripletObjective.build({ margin: 0.8 }, context(warnings)), 0.8, /= 0\.8000/],
];

describe('collapse', () => {
  it.each(collapsing)(
    'trap 3: %s warns after an epoch at its collapse value, and only then',
    (_name, build, value, message) => {
      const warnings: string[] = [];
      const objective = build(warnings);
      for (let i = 0; i < 3; i++) step(objective, diverse());
      expect(objective.epochMetrics?.()).toEqual({});
      expect(warnings).toEqual([]);
      for (let i = 0; i < 3; i++)
        expect(relativeError(tf.scalar(step(objective, alike()).loss), value)).toBeLessThan(1e-5);
      objective.epochMetrics?.();
      expect(warnings).toEqual([expect.stringMatching(message)]);
      objective.epochMetrics?.();
      expect(warnings).toHaveLength(1);
    },
  );

  it('trap 3: counts the crops of all resolutions', () => {
    const warnings: string[] = [];
    const objective = ntXentObjective.build({ temperature: 0.1 }, context(warnings, [2, 3]));
    expect(step(objective, alike(5)).loss).toBeCloseTo(Math.log(16), 5);
    objective.epochMetrics?.();
    expect(warnings).toEqual([expect.stringMatching(/ln\(1 \+ 5\(N - 1\)\) = 2\.7726/)]);
  });

  it("is not what an untrained encoder's first hundred steps are taken for", () => {
    const warnings: string[] = [];
    const objective = ntXentObjective.build({ temperature: 0.1 }, context(warnings));
    for (const at of [0, 99]) step(objective, alike(), at);
    objective.epochMetrics?.();
    expect(warnings).toEqual([]);
  });

  it('with semi-hard mining, a loss of 0 is no collapse', () => {
    const warnings: string[] = [];
    const objective = marginTripletObjective.build({ margin: 0.8, semiHard: 'all' }, context(warnings));
    expect(step(objective, alike()).loss).toBe(0);
    objective.epochMetrics?.();
    expect(warnings).toEqual([]);
  });
});

describe('state', () => {
  it('is a pending update like any other, goes through state and restore, and is freed', () => {
    const start = tf.memory().numTensors;
    const warnings: string[] = [];
    const objective = ntXentObjective.build({ temperature: 0.1 }, context());
    const other = ntXentObjective.build({ temperature: 0.1 }, context(warnings));
    tf.tidy(() => {
      step(objective, alike());
      const updates = new UpdateCollector();
      objective.loss({ online: diverse() }, {}, trainingForward(updates, { progress: progressAt(100) }));
      updates.discard();
      expect(objective.state().json).toEqual({ steps: 1 });
      other.restore(objective.state());
      other.epochMetrics?.();
      expect(warnings).toHaveLength(1);
      expect(() => {
        other.restore({ tensors: {}, json: null });
      }).toThrow(/counters null/);
    });
    for (const one of [objective, other]) one.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });
});
