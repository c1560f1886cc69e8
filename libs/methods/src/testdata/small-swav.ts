/** A SwAV objective small enough to follow by hand, for its tests. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { State, ViewSpec } from '@tessera/core';
import { UpdateCollector } from '@tessera/engine';
import { swavObjective } from '../swav/swav-objective.ts';
import { stepOf, noise, objectiveContext } from './toy.ts';
import { trainingForward } from '@tessera/engine';

/** Images, embedding width, prototypes. */
export const B = 4;
export const D = 5;
export const K = 6;
export const specs: readonly ViewSpec[] = [
  { count: 2, size: 8, channels: 3 },
  { count: 1, size: 4, channels: 3 },
];
export const build = (options: object = {}, warnings: string[] = []) =>
  swavObjective.build(
    { prototypes: K, ...options },
    { ...objectiveContext(specs, B, D), warn: (code, message) => warnings.push(`${code}: ${message}`) },
  );
export type SwavObjectiveInstance = ReturnType<typeof build>;

export const views = (step: number) => Array.from({ length: 3 }, (_, v) => noise(100 * step + v + 1, B, D) as Tensor2D);
export const prototypesOf = (objective: SwavObjectiveInstance) => {
  const [prototypes] = objective.variables();
  if (!prototypes) throw new Error('no prototypes');
  return prototypes.variable;
};
/** One loss, its updates committed or discarded. */
export function lossOf(objective: SwavObjectiveInstance, step: number, commit: boolean, stepsPerEpoch = 10) {
  const updates = new UpdateCollector();
  return tf.tidy(() => {
    const { loss, metrics } = objective.loss(
      { online: views(step) },
      {},
      trainingForward(updates, stepOf(B, step, stepsPerEpoch)),
    );
    if (commit) updates.commit();
    else updates.discard();
    return { loss: loss.dataSync()[0] ?? NaN, metrics: Object.keys(metrics) };
  });
}
export const copyState = ({ tensors, json }: State) => ({
  tensors: Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.arraySync()])),
  json,
});
