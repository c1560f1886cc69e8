/** What the kit's tests work on. */
import {
  fold,
  rootKey,
  singleProcess,
  stream,
  type BatchInfo,
  type Forward,
  type PendingUpdates,
  type Progress,
} from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';

/** The key of everything the kit builds. */
export const key = fold(rootKey(0), 'conformance');

/** Step n of a run of ten epochs of five steps. */
export function progressAt(step: number): Progress {
  return { step, epoch: Math.floor(step / 5), stepsPerEpoch: 5, totalSteps: 50 };
}

export function batchAt(step: number, size: number): BatchInfo {
  const ids = Int32Array.from({ length: size }, (_, i) => i);
  return { progress: progressAt(step), sampleIds: ids, labels: ids.map((id) => id % 2) };
}

/** A training forward of one process. */
export function trainingForward(updates: PendingUpdates): Forward {
  return { training: true, statistics: 'local', updates, collective: singleProcess };
}

/** Standard normal numbers, the same for the same name. */
export function normal<R extends tf.Rank>(name: string, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  const random = stream(fold(key, name));
  const values = Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => random.normal());
  return tf.tensor<R>(values, shape);
}

/** The number of a scalar. */
export function numberOf(x: tf.Scalar | number): number {
  return typeof x === 'number' ? x : (x.dataSync()[0] ?? NaN);
}

/** A copy of a tensor's values. */
export function valuesOf(x: tf.Tensor): number[] {
  return Array.from(x.dataSync());
}
