import type { DataPass, EventBus, Progress, Schedule } from '@tessera/core';
import type { Loader } from '@tessera/data';
import * as tf from '@tensorflow/tfjs-core';
import type { EpochTotals, Position } from '../run/checkpoint.ts';
import { trainStep, type StepParts, type StepResult } from './step.ts';
import { uploadGroups, type Normalization } from './upload.ts';

/** What the loop needs; built by the composition root. */
export interface LoopParts extends StepParts {
  readonly bus: EventBus;
  readonly loader: Loader;
  readonly schedule: Schedule;
  readonly normalize: Normalization | null;
  readonly totalSteps: number;
  readonly dataPass: DataPass;
  /** Asked after every step. */
  readonly isCheckpointDue: (position: Position) => boolean;
  readonly checkpoint: (position: Position) => void;
  /** Called after every whole epoch, with the number of epochs done. */
  readonly evaluate: (epochsDone: number, last: boolean) => Promise<void>;
  /** Ends the run after the current step. */
  readonly stop: AbortSignal;
}

const nothing: EpochTotals = { loss: 0, metrics: {}, images: 0, seconds: 0 };

/** Where a new run stands. */
export const start: Position = { step: 0, epoch: 0, batch: 0, totals: nothing };

/** Trains from a position to the end, or until stopped. Every state change between two steps is complete. @returns where it ended */
export async function train(parts: LoopParts, from: Position): Promise<Position> {
  const { bus, loader, schedule, method, totalSteps, stop } = parts;
  const stepsPerEpoch = loader.batchesPerEpoch;
  const stopped = (): boolean => stop.aborted; // asked anew each time: it changes while the loop waits
  let position = from;
  while (position.step < totalSteps && !stopped()) {
    const { epoch } = position;
    const progress = (): Progress => ({ step: position.step, epoch, stepsPerEpoch, totalSteps });
    if (position.batch === 0) await method.beforeEpoch?.(progress(), parts.dataPass);
    let waitedFrom = performance.now();
    for await (const batch of loader.epoch(epoch, position.batch)) {
      const dataSeconds = secondsSince(waitedFrom);
      const learningRate = schedule(position.step);
      const views = uploadGroups(batch.groups, parts.normalize);
      let result: StepResult;
      try {
        const { sampleIds, labels } = batch;
        result = trainStep(parts, views, { progress: progress(), sampleIds, ...(labels && { labels }) }, learningRate);
      } finally {
        tf.dispose(views.map(({ pixels }) => pixels));
        batch.release();
      }
      const seconds = secondsSince(waitedFrom);
      const images = batch.sampleIds.length;
      const { step } = position;
      position = {
        step: step + 1,
        epoch,
        batch: position.batch + 1,
        totals: added(position.totals, result, images, seconds),
      };
      bus.publish({ type: 'step', step, epoch, ...result, learningRate, seconds, dataSeconds, images });
      if (position.batch < stepsPerEpoch && parts.isCheckpointDue(position)) parts.checkpoint(position);
      waitedFrom = performance.now();
      await nextTurn(); // lets signals and reporters in: the steps themselves are synchronous
      if (stopped() || position.step >= totalSteps) break;
    }
    const last = position.step >= totalSteps;
    if (position.batch < stepsPerEpoch && !last) break;
    publishEpoch(parts, position);
    position = { step: position.step, epoch: epoch + 1, batch: 0, totals: nothing };
    // Before the last evaluation: should it fail, what was trained is not lost.
    if (last || parts.isCheckpointDue(position)) parts.checkpoint(position);
    if (!stopped() || last) await parts.evaluate(epoch + 1, last);
  }
  return position;
}

function publishEpoch({ bus, method }: LoopParts, { epoch, batch, totals }: Position): void {
  const means = Object.entries(totals.metrics).map(([name, sum]): [string, number] => [name, sum / batch]);
  bus.publish({
    type: 'epoch',
    epoch,
    loss: totals.loss / batch,
    metrics: { ...Object.fromEntries(means), ...method.epochMetrics?.() },
    seconds: totals.seconds,
    imagesPerSecond: totals.images / totals.seconds,
  });
}

function added(totals: EpochTotals, { loss, metrics }: StepResult, images: number, seconds: number): EpochTotals {
  return {
    loss: totals.loss + loss,
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, value]) => [name, (totals.metrics[name] ?? 0) + value]),
    ),
    images: totals.images + images,
    seconds: totals.seconds + seconds,
  };
}

function secondsSince(milliseconds: number): number {
  return (performance.now() - milliseconds) / 1000;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
