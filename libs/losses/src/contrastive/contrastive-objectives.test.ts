import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { fold, rootKey, singleProcess, stream, type ContextOf, type Objective, type State } from '@tessera/core';
import { openEngine, trainingForward, UpdateCollector } from '@tessera/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { marginTripletObjective } from './margin-triplet-objective.ts';
import { ntLogisticObjective } from './nt-logistic-objective.ts';
import { ntXentObjective } from './nt-xent-objective.ts';
import { relativeError, wave } from '../testdata/read.ts';

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
    'trap 3: %s warns once when embeddings are alike, and not before',
    (_name, build, value, message) => {
      const warnings: string[] = [];
      const objective = build(warnings);
      let at = 0;
      for (let i = 0; i < 3; i++) step(objective, diverse(), at++);
      expect(warnings).toEqual([]);
      for (let i = 0; i < 2; i++)
        expect(relativeError(tf.scalar(step(objective, alike(), at++).loss), value)).toBeLessThan(1e-5);
      expect(warnings).toEqual([]);
      for (let i = 0; i < 60; i++) step(objective, alike(), at++);
      expect(warnings).toEqual([expect.stringMatching(message)]);
      expect(warnings[0]).toMatch(/learning rate/);
    },
  );

  it('trap 3: counts the crops of all resolutions', () => {
    const warnings: string[] = [];
    const objective = ntXentObjective.build({ temperature: 0.1 }, context(warnings, [2, 3]));
    for (let at = 0; at < 3; at++) expect(step(objective, alike(5), at).loss).toBeCloseTo(Math.log(16), 5);
    expect(warnings).toEqual([
      expect.stringMatching(/ln\(1 \+ 5\(N - 1\)\) = 2\.7726.*since the first step.*constant images/),
    ]);
  });

  it('is told again only after it was over for a hundred steps, which is told too', () => {
    const warnings: string[] = [];
    const objective = ntXentObjective.build({ temperature: 0.1 }, context(warnings));
    const steps = (count: number, views: () => Tensor2D[]): void => {
      for (let i = 0; i < count; i++) step(objective, views(), at++);
    };
    let at = 0;
    steps(20, alike);
    for (let i = 0; i < 3; i++) {
      steps(60, diverse);
      steps(20, alike);
    }
    expect(warnings.map((text) => text.split(':')[0])).toEqual(['W_COLLAPSE']);
    steps(140, diverse);
    expect(warnings.slice(1)).toEqual(['W_COLLAPSE_OVER: the collapse that was told at step 3 is over at step 360']);
    steps(3, alike);
    expect(warnings).toHaveLength(3);
  });

  it('is not told of semi-hard mining that has nothing left to learn', () => {
    const warnings: string[] = [];
    const objective = marginTripletObjective.build({ margin: 0.1, semiHard: 'all' }, context(warnings));
    const found = [tf.tensor2d(wave(B, 3, 0)), tf.tensor2d(wave(B, 3, 0))];
    for (let at = 0; at < 100; at++) expect(step(objective, found, at).metrics['contrastiveAccuracy']).toBe(1);
    expect(warnings).toEqual([]);
  });
});

/** N images whose views are `share` of one vector and the rest noise of their own, drawn anew every step. */
function noisy(images: number, share: number, at: number, views = 2): Tensor2D[] {
  const draws = stream(fold(rootKey(7), at));
  const rows = (count: number): number[][] =>
    Array.from({ length: count }, () => Array.from({ length: 16 }, () => draws.normal()));
  const own = rows(images);
  return Array.from({ length: views }, () =>
    tf.tensor2d(rows(images).map((row, i) => row.map((x, d) => share * (own[i]?.[d] ?? 0) + (1 - share) * x))),
  );
}

describe.each([2, 8, 32])('a batch of %i images', (images) => {
  const told = (temperature: number, views: (at: number) => Tensor2D[], steps = 120): string[] => {
    const warnings: string[] = [];
    const objective = ntXentObjective.build({ temperature }, { ...context(warnings), batchSize: images });
    for (let at = 0; at < steps; at++)
      tf.tidy(() => {
        step(objective, views(at), at);
      });
    objective.dispose();
    return warnings;
  };

  it.each([0.05, 0.5])(
    'that is told apart, hardly better than by guessing, is no collapse at temperature %f',
    (temperature) => {
      expect(told(temperature, (at) => noisy(images, 0.45, at))).toEqual([]);
    },
  );

  it.each([0.1])('whose views have nothing in common is one at temperature %f', (temperature) => {
    expect(told(temperature, (at) => noisy(images, 0, at))).toEqual([
      expect.stringMatching(/^W_COLLAPSE: .*guessing.*augmentation/),
    ]);
  });

  it('whose embeddings draw together is one, though argmax still finds the views, and the rate is named', () => {
    const near = (at: number): Tensor2D[] => {
      const common = 0.3 * Math.min(at, 60) ** 2;
      return noisy(images, 0.6, at).map((z_BD) => tf.add(z_BD, common));
    };
    expect(told(0.5, near)).toEqual([expect.stringMatching(/^W_COLLAPSE: .*drawn together.*learning rate/)]);
  });

  it('is blind at a temperature of 1000, and lost at one of 1e-6: the temperature is named', () => {
    expect(told(1000, (at) => noisy(images, 0.6, at))).toEqual([
      expect.stringMatching(/^W_COLLAPSE: .*lower objective.options.temperature/),
    ]);
    expect(told(1e-6, (at) => noisy(images, 0.3, at))).toEqual([
      expect.stringMatching(/^W_COLLAPSE: .*raise objective.options.temperature/),
    ]);
  });
});

describe('state', () => {
  it('is a pending update like any other, goes through state and restore, and is freed', () => {
    const start = tf.memory().numTensors;
    const [warnings, later]: [string[], string[]] = [[], []];
    const objective = ntXentObjective.build({ temperature: 0.1 }, context(warnings));
    const other = ntXentObjective.build({ temperature: 0.1 }, context(later));
    const wrong = ntXentObjective.build({ temperature: 0.1 }, context());
    tf.tidy(() => {
      for (let at = 0; at < 2; at++) step(objective, alike(), at);
      const updates = new UpdateCollector();
      objective.loss({ online: alike() }, {}, trainingForward(updates, { progress: progressAt(2) }));
      updates.discard();
      expect(warnings).toEqual([]);
      other.restore(copied(objective));
      step(other, alike(), 2);
      expect(later).toHaveLength(1);
      // Told is told, also in a run that is continued.
      wrong.restore(copied(other));
      for (let at = 3; at < 100; at++) step(wrong, alike(), at);
      expect(wrong.state()).toMatchObject({ tensors: {}, json: { toldAt: 3 } });
      expect(() => {
        other.restore({ tensors: {}, json: null });
      }).toThrow(/counters null/);
    });
    for (const one of [objective, other, wrong]) one.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });
});

/** A state as a checkpoint brings it back. */
function copied(objective: Objective): State {
  const { tensors, json } = objective.state();
  return { tensors, json: JSON.parse(JSON.stringify(json)) as State['json'] };
}
