import { fold, type EventBus, type RandomKey, type Schedule } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import type { EpochTotals, Position } from '../folder/checkpoint.ts';
import { warnOfConstantViews } from './constant-views.ts';
import { trainStep, type StepParts, type StepResult } from './step.ts';
import type { TrainingData } from './training-data.ts';

/** What the loop needs. */
export interface LoopParts {
  /** What a step works on, and its rates. */
  readonly learner: StepParts & { readonly schedule: Schedule };
  readonly data: TrainingData;
  readonly totalSteps: number;
  readonly between: Between;
  readonly bus: EventBus;
  /** Of the run; every step draws from its own part of it. */
  readonly key: RandomKey;
  /** Ends the run after the current step. */
  readonly stop: AbortSignal;
}

/** What happens between steps. */
export interface Between {
  /** After every step. */
  stepped(position: Position, result: StepResult): void;
  /** After every step, and at the end of every epoch before its evaluation: time to save, should that be due. @param last the run ends here */
  save(position: Position, last: boolean): void;
  /** After every whole epoch, with the number of epochs done. */
  evaluate(epochsDone: number, last: boolean): Promise<void>;
}

const nothing: EpochTotals = { loss: 0, metrics: {}, images: 0, seconds: 0, dataSeconds: 0 };

/** Where a new run stands. */
export const start: Position = { step: 0, epoch: 0, batch: 0, totals: nothing };

/**
 * Trains from a position to the end, or until stopped. Every state change between two steps is complete. A position at the end of an epoch
 * stands before its evaluation, so a run that stopped or failed there makes it up when it goes on.
 * @returns where it ended
 */
export async function train(parts: LoopParts, from: Position): Promise<Position> {
  const { learner, data, between, totalSteps, stop } = parts;
  const { stepsPerEpoch } = data;
  const stopped = (): boolean => stop.aborted; // asked anew each time: it changes while the loop waits
  let position = from;
  while (!stopped() && (position.step < totalSteps || position.batch > 0)) {
    const { step, epoch, batch } = position;
    if (batch === 0) await learner.method.beforeEpoch?.({ step, epoch, stepsPerEpoch, totalSteps }, data.pass);
    if (step < totalSteps && batch < stepsPerEpoch) position = await trainEpoch(parts, position);
    const last = position.step >= totalSteps;
    if (!last && (stopped() || position.batch < stepsPerEpoch)) break;
    // Before the evaluation: should it fail, what was trained is not lost.
    between.save(position, last);
    publishEpoch(parts, position);
    await between.evaluate(epoch + 1, last);
    if (last) break;
    position = { step: position.step, epoch: epoch + 1, batch: 0, totals: nothing };
  }
  return position;
}

/** The steps of an epoch from a position on, to its end or until stopped. @returns where it ended */
async function trainEpoch(parts: LoopParts, from: Position): Promise<Position> {
  const { learner, data, between, bus, totalSteps, stop } = parts;
  const { stepsPerEpoch } = data;
  const { epoch } = from;
  let position = from;
  let stepFrom = performance.now();
  let waitFrom = stepFrom;
  const continues = from.step + stepsPerEpoch - from.batch < totalSteps;
  for await (const batch of data.batches(epoch, { firstBatch: from.batch, continues })) {
    const dataSeconds = secondsSince(waitFrom);
    const { step } = position;
    const { sampleIds, labels } = batch;
    const rates = learner.schedule(step);
    const progress = { step, epoch, stepsPerEpoch, totalSteps };
    const views = batch.upload();
    let result: StepResult;
    try {
      if (step === 0) warnOfConstantViews(bus, views);
      const key = fold(parts.key, 'forward', step);
      result = trainStep(learner, { views, batch: { ...(labels && { labels }) }, progress, sampleIds, key }, rates);
    } finally {
      tf.dispose(views.map(({ pixels }) => pixels));
      batch.release();
    }
    const seconds = secondsSince(stepFrom);
    stepFrom = performance.now(); // here, so that an epoch's seconds hold what reporters and checkpoints take, too
    const images = sampleIds.length;
    const totals = added(position.totals, result, { images, seconds, dataSeconds });
    position = { step: step + 1, epoch, batch: position.batch + 1, totals };
    const { learningRate } = rates;
    bus.publish({ type: 'step', step, epoch, ...result, learningRate, seconds, dataSeconds, images });
    between.stepped(position, result);
    if (position.batch < stepsPerEpoch) between.save(position, false);
    await nextTurn(); // lets signals and reporters in: the steps themselves are synchronous
    if (stop.aborted || position.step >= totalSteps) break;
    waitFrom = performance.now();
  }
  return position;
}

function publishEpoch({ bus, learner }: LoopParts, { epoch, batch, totals }: Position): void {
  const means = Object.entries(totals.metrics).map(([name, sum]): [string, number] => [name, sum / batch]);
  bus.publish({
    type: 'epoch',
    epoch,
    loss: totals.loss / batch,
    metrics: { ...Object.fromEntries(means), ...learner.method.epochMetrics?.() },
    seconds: totals.seconds,
    dataSeconds: totals.dataSeconds ?? 0,
    imagesPerSecond: totals.images / totals.seconds,
  });
}

function added(
  totals: EpochTotals,
  { loss, metrics }: StepResult,
  { images, seconds, dataSeconds }: { readonly images: number; readonly seconds: number; readonly dataSeconds: number },
): EpochTotals {
  return {
    loss: totals.loss + loss,
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, value]) => [name, (totals.metrics[name] ?? 0) + value]),
    ),
    images: totals.images + images,
    seconds: totals.seconds + seconds,
    dataSeconds: (totals.dataSeconds ?? 0) + dataSeconds,
  };
}

function secondsSince(milliseconds: number): number {
  return (performance.now() - milliseconds) / 1000;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
