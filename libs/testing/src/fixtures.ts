/** What the kit's tests work on. */
import {
  fold,
  rootKey,
  singleProcess,
  stream,
  type BatchInfo,
  type DataFacts,
  type DataPass,
  type Forward,
  type NamedVariable,
  type PendingUpdates,
  type Progress,
  type ViewSpec,
} from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** The key of everything the kit builds. */
export const key = fold(rootKey(0), 'conformance');

/** Two views of 8 pixels. */
export const twoViews: readonly ViewSpec[] = [{ count: 2, size: 8, channels: 3 }];

/** A step late enough that nothing is frozen any more. */
export const LATE = 20;

/** Step n of a run of ten epochs of five steps. */
export function progressAt(step: number): Progress {
  return { step, epoch: Math.floor(step / 5), stepsPerEpoch: 5, totalSteps: 50 };
}

/** The training images that the kit pretends there are. */
export const data: DataFacts = { size: 64, classes: 2 };

/** Labels of a batch of so many images. */
export function batchOf(size: number): BatchInfo {
  return { labels: idsOf(size).map((id) => id % 2) };
}

/** The training forward of a step, of one process. @param size images in the batch */
export function trainingForward(updates: PendingUpdates, step = 0, size = 0): Forward {
  return {
    training: true,
    statistics: 'local',
    updates,
    collective: singleProcess,
    progress: progressAt(step),
    sampleIds: idsOf(size),
    key: fold(key, 'forward', step),
  };
}

function idsOf(size: number): Int32Array {
  return Int32Array.from({ length: size }, (_, i) => i);
}

/** A pass over 64 images in one batch, [64, width], which takes a moment, as one over a data set does. */
export function passOf(width: number): DataPass {
  return async (visit) => {
    await new Promise((done) => setImmediate(done));
    const rows_BD = normal<tf.Rank.R2>('pass', [64, width]);
    visit(rows_BD, idsOf(64));
    rows_BD.dispose();
  };
}

/** What may act on epochs: a method or an objective. */
interface Epochal {
  beforeEpoch?(progress: Progress, pass: DataPass): Promise<void>;
  epochMetrics?(): Readonly<Record<string, number>>;
}

/** What comes before a step that is the first of its epoch. @param width of what the part sees of an image */
export async function beginEpoch(part: Epochal, step: number, width: number): Promise<void> {
  const progress = progressAt(step);
  if (step % progress.stepsPerEpoch === 0) await part.beforeEpoch?.(progress, passOf(width));
}

/** What comes after a step that is the last of its epoch. */
export function endEpoch(part: Epochal, step: number): void {
  if ((step + 1) % progressAt(step).stepsPerEpoch !== 0) return;
  for (const [name, value] of Object.entries(part.epochMetrics?.() ?? {}))
    expect(value, `the epoch metric '${name}' is a finite number`).toSatisfy(Number.isFinite);
}

/** What has variables, some of which may be frozen for a time: a method or an objective. */
interface Trainable {
  variables(): readonly NamedVariable[];
  frozen?(progress: Progress): readonly string[];
}

/** Variables that get a gradient in a step. */
export function freeVariables(part: Trainable, step: number): tf.Variable[] {
  const frozen = part.frozen?.(progressAt(step)) ?? [];
  return part
    .variables()
    .filter(({ name }) => !frozen.includes(name))
    .map(({ variable }) => variable);
}

/** The name that a part gave to one of its variables. */
export function nameIn(part: Trainable, variable: tf.Variable): string {
  return part.variables().find((known) => known.variable === variable)?.name ?? '';
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
