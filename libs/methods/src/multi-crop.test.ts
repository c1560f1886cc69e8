/** Crops of any number of resolutions, through a real batch norm, for every method. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { rootKey, type Method, type Objective, type ViewSpec } from '@tessera/core';
import { openEngine, trainingForward, UpdateCollector } from '@tessera/engine';
import { marginTripletObjective, ntLogisticObjective, ntXent, ntXentObjective } from '@tessera/losses';
import { mlpHead, resnetEncoder } from '@tessera/models';
import { adamwOptimizer } from '@tessera/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import { simclr } from './simclr/simclr.ts';
import { swav } from './swav/swav.ts';
import { swavObjective } from './swav/swav-objective.ts';
import { stepOf, methodContext, objectiveContext, toyEncoder, toyHead, toyStep, toyViews } from './testdata/toy.ts';

const B = 4;
const channels = 6;
const threeGroups: readonly ViewSpec[] = [
  { count: 2, size: 8, channels },
  { count: 1, size: 6, channels },
  { count: 2, size: 4, channels },
];
const context = objectiveContext(threeGroups, B);
const objectives: readonly (readonly [string, () => Objective])[] = [
  ['nt-xent', () => ntXentObjective.build({ temperature: 0.2 }, context)],
  ['nt-logistic', () => ntLogisticObjective.build({ temperature: 0.2 }, context)],
  ['margin-triplet', () => marginTripletObjective.build({ margin: 0.8 }, context)],
  ['swav', () => swavObjective.build({ prototypes: [4, 3] }, context)],
];

/** A ResNet of four thin blocks and a head, both with batch norm. */
function withBatchNorm(build: () => Objective): Method {
  const key = rootKey(0);
  const encoder = resnetEncoder.build(
    { blocks: [1, 1, 1, 1], width: 4, stem: 'cifar' },
    { key, scope: 'encoder', inputChannels: channels },
  );
  const head = mlpHead.build(
    { layers: 2, hidden: 8, out: 4, batchNorm: 'hidden' },
    { key, scope: 'head', inDim: encoder.featureDim, data: { size: B } },
  );
  return simclr.build({}, methodContext(threeGroups, B, build, { encoder, head }));
}

const difference = (a: Tensor, b: Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] ?? NaN;

beforeAll(async () => {
  await openEngine('cpu');
});

describe('batch norm', () => {
  it('trap 20: normalises each resolution by itself in the backbone', () => {
    const method = withBatchNorm(() => objectives[0]?.[1]() as Objective);
    const views = toyViews(threeGroups, B, 0);
    const { features } = method.embed(views, trainingForward(new UpdateCollector()));
    let view = 0;
    for (const { count, pixels } of views) {
      const alone = tf.split(method.representation.apply(pixels, trainingForward(new UpdateCollector())), count);
      for (const h_BD of alone) expect(difference(features[view++] as Tensor, h_BD)).toBeLessThan(1e-5);
    }
    // Crop by crop, as some implementations do, is another network.
    const first = views[0]?.pixels as tf.Tensor4D;
    const split = method.representation.apply(tf.slice(first, [0], [B]), trainingForward(new UpdateCollector()));
    expect(difference(features[0] as Tensor, split)).toBeGreaterThan(1e-3);
  });

  it('trap 20: moves running statistics once a resolution in the backbone, once in the head', () => {
    const method = withBatchNorm(() => objectives[0]?.[1]() as Objective);
    const counts = new Map<string, number>();
    const updates = new UpdateCollector();
    const counting = {
      ...trainingForward(updates),
      updates: {
        assign: (...call: Parameters<UpdateCollector['assign']>) => {
          updates.assign(...call);
        },
        accumulate: (...call: Parameters<UpdateCollector['accumulate']>) => {
          updates.accumulate(...call);
        },
        defer: (run: () => void) => {
          updates.defer(run);
        },
        blend: (...[variable, value, momentum]: Parameters<UpdateCollector['blend']>) => {
          const name =
            method
              .buffers()
              .find((one) => one.variable === variable)
              ?.name.split('/')[0] ?? '?';
          counts.set(name, (counts.get(name) ?? 0) + 1);
          updates.blend(variable, value, momentum);
        },
      },
    };
    method.embed(toyViews(threeGroups, B, 0), counting);
    updates.discard();
    const buffersOf = (part: string) => method.buffers().filter(({ name }) => name.startsWith(`${part}/`)).length;
    expect(Object.fromEntries(counts)).toEqual({ encoder: 3 * buffersOf('encoder'), head: buffersOf('head') });
  });
});

describe('every objective', () => {
  it.each(objectives)(
    '%s: three resolutions reach all weights, with finite gradients, and leak nothing',
    (_name, build) => {
      const method = withBatchNorm(build);
      const start = tf.memory().numTensors;
      tf.tidy(() => {
        const updates = new UpdateCollector();
        const forward = trainingForward(updates);
        const { value, grads } = tf.variableGrads(
          () => method.loss(method.embed(toyViews(threeGroups, B, 0), forward).embeddings, {}, forward).loss,
          method.variables().map(({ variable }) => variable),
        );
        updates.discard();
        expect(Number.isFinite(value.dataSync()[0])).toBe(true);
        for (const { name, variable } of method.variables()) {
          const gradient = grads[variable.name]?.dataSync() ?? [];
          expect(Array.from(gradient).every(Number.isFinite), name).toBe(true);
          expect(gradient.length, name).toBe(variable.size);
        }
      });
      expect(tf.memory().numTensors).toBe(start);
      method.dispose();
    },
  );

  it.each(objectives)('%s learns from five crops of three resolutions', (_name, build) => {
    tf.engine().startScope();
    const method = simclr.build({}, methodContext(threeGroups, B, build));
    const losses = Array.from({ length: 40 }, (_, step) =>
      toyStep(method, toyViews(threeGroups, B, step), stepOf(B, step), 0.3),
    );
    tf.engine().endScope();
    const mean = (part: number[]) => part.reduce((a, b) => a + b, 0) / part.length;
    expect(mean(losses.slice(-5))).toBeLessThan(0.9 * mean(losses.slice(0, 5)));
  });

  it('simclr: every crop is an anchor, whatever its size', () => {
    const method = simclr.build(
      {},
      methodContext(threeGroups, B, () => ntXentObjective.build({ temperature: 0.2 }, context), {
        encoder: toyEncoder(),
        head: toyHead(),
      }),
    );
    const forward = trainingForward(new UpdateCollector());
    const { embeddings } = method.embed(toyViews(threeGroups, B, 0), forward);
    const { loss } = method.loss(embeddings, {}, forward);
    const all = tf.concat([...(embeddings['online'] ?? [])]);
    expect(all.shape).toEqual([5 * B, 4]);
    expect(difference(loss, ntXent(all, { temperature: 0.2, views: 5 }))).toBeLessThan(1e-5);
  });
});

describe('frozen prototypes', () => {
  it('trap 18: neither weight decay nor momentum moves them, and they start afresh afterwards', () => {
    const method = swav.build(
      {},
      methodContext(threeGroups, B, () => swavObjective.build({ prototypes: 4, freezeSteps: 2 }, context)),
    );
    const optimizer = adamwOptimizer.build({ learningRate: 0.1, weightDecay: 0.5 }, { variables: method.variables() });
    const prototypes = method.variables().find(({ role }) => role === 'prototype')?.variable;
    if (!prototypes) throw new Error('no prototypes');
    method.beforeStep?.(stepOf(B, 0).progress);
    const moved = [0, 1, 2].map((step) => {
      const batch = stepOf(B, step);
      method.beforeStep?.(batch.progress);
      const before = tf.tensor2d(prototypes.dataSync().slice(), prototypes.shape as [number, number]);
      const frozen = method.frozen?.(batch.progress) ?? [];
      const trained = method.variables().filter(({ name }) => !frozen.includes(name));
      const forward = trainingForward(new UpdateCollector(), batch);
      const { grads } = tf.variableGrads(
        () => method.loss(method.embed(toyViews(threeGroups, B, step), forward).embeddings, {}, forward).loss,
        trained.map(({ variable }) => variable),
      );
      optimizer.update(
        Object.fromEntries(trained.map(({ name, variable }) => [name, grads[variable.name] as Tensor2D])),
        { learningRate: 0.1 },
      );
      return difference(prototypes, before);
    });
    expect(moved.slice(0, 2)).toEqual([0, 0]);
    // AdamW's first step is the learning rate in every entry, plus decay: bias correction counts from here, not from the run's start.
    expect(moved[2]).toBeGreaterThan(0.09);
    expect(Object.keys(optimizer.state().tensors).some((name) => name.includes('prototypes'))).toBe(true);
  });
});
