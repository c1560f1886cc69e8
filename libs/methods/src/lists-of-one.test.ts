/** Methods where a list has one: one crop an image, one clustering, one head, one assigned crop, one image. */
import type { DataPass, Method, ViewSpec } from '@tessera/core';
import { engineNames, evaluationForward } from '@tessera/engine';
import { describeEngines } from '@tessera/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { deepClusterObjective } from './deepcluster/deepcluster-objective.ts';
import { deepClusterV2 } from './deepcluster/deepcluster.ts';
import { ntXentObjective } from '@tessera/losses';
import { simclr } from './simclr/simclr.ts';
import { swavObjective } from './swav/swav-objective.ts';
import { swav } from './swav/swav.ts';
import { stepOf, methodContext, objectiveContext, toyStep, toyViews } from './testdata/toy.ts';

const B = 6;
const oneCrop: readonly ViewSpec[] = [{ count: 1, size: 4, channels: 6 }];
const twoCrops: readonly ViewSpec[] = [{ count: 2, size: 4, channels: 6 }];

/** Three steps of descent on the same views; the tensors and losses that they leave. */
function train(method: Method, specs: readonly ViewSpec[]): { readonly losses: number[]; readonly tensors: number[] } {
  const views = toyViews(specs, B, 0);
  const tensors: number[] = [];
  const losses = [0, 1, 2].map((step) => {
    const loss = toyStep(method, views, stepOf(B, step), 0.05);
    tensors.push(tf.memory().numTensors);
    return loss;
  });
  tf.dispose(views.map(({ pixels }) => pixels));
  return { losses, tensors };
}

function expectLearning({ losses, tensors }: ReturnType<typeof train>): void {
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(losses[2]).toBeLessThan(losses[0] ?? NaN);
  expect(new Set(tensors).size).toBe(1);
}

await describeEngines(engineNames, () => {
  it('deepcluster-v2 learns from one crop an image and one clustering', async () => {
    const objective = deepClusterObjective.build({ clusters: [3] }, objectiveContext(oneCrop, B));
    const method = deepClusterV2.build(
      {},
      methodContext(oneCrop, B, () => objective),
    );
    const views = toyViews(oneCrop, B, 0);
    const pass: DataPass = (visit) => {
      const [pixels] = views.map((group) => group.pixels);
      const h_BD = tf.tidy(() => method.representation.apply(pixels as tf.Tensor4D, evaluationForward()));
      visit(
        h_BD,
        Int32Array.from({ length: B }, (_, i) => i),
      );
      h_BD.dispose();
      return Promise.resolve();
    };
    await method.beforeEpoch?.(stepOf(B, 0).progress, pass);
    tf.dispose(views.map(({ pixels }) => pixels));
    expectLearning(train(method, oneCrop));
    method.dispose();
  });

  it('swav with one head in a list is swav with one head, also with one assigned crop and one round', () => {
    const run = (prototypes: number | number[]) => {
      const options = { prototypes, cropsForAssign: [1], iterations: 1 };
      const objective = swavObjective.build(options, objectiveContext(twoCrops, B));
      const method = swav.build(
        {},
        methodContext(twoCrops, B, () => objective),
      );
      const trained = train(method, twoCrops);
      method.dispose();
      return trained;
    };
    const listed = run([4]);
    expect(listed.losses).toEqual(run(4).losses);
    expect(new Set(listed.losses).size).toBe(3);
    expect(new Set(listed.tensors).size).toBe(1);
  });

  it('simclr says that it needs two views', () => {
    const objective = ntXentObjective.build({ temperature: 0.5 }, objectiveContext(oneCrop, B));
    const method = simclr.build(
      {},
      methodContext(oneCrop, B, () => objective),
    );
    tf.tidy(() => {
      expect(() => train(method, oneCrop)).toThrow(expect.objectContaining({ code: 'E_VIEWS' }));
    });
    method.dispose();
  });
});
