/**
 * SwAV's objective: prototypes, balanced codes and swapped prediction (https://arxiv.org/abs/2006.09882; code: facebookresearch/swav
 * main_swav.py).
 *
 * Shapes: B images on this rank, V crops, D width, K prototypes, R = V * B rows, A rows of the assigned crops.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core';
import {
  defineObjective,
  TesseraError,
  type BatchInfo,
  type ContextOf,
  type Forward,
  type LossResult,
  type NamedVariable,
  type Objective,
  type Progress,
  type State,
} from '@tessera/core';
import { restoreVariables } from '@tessera/engine';
import {
  checkCrops,
  detached,
  float32MatMul,
  l2Normalize,
  meanOverRanks,
  sinkhorn,
  swappedPrediction,
} from '@tessera/losses';
import { z } from 'zod';
import { FeatureQueue } from './feature-queue.ts';
import { swavOptions, type SwavOptions } from './options.ts';
import { PrototypeUsage } from './prototype-usage.ts';
import { createPrototypes, normalizePrototypes } from './prototypes.ts';
import { codeSharpness, marginalError, prototypeEntropy } from './step-metrics.ts';
import { warnIfCollapsed, warnIfTooManyPrototypes } from './warnings.ts';

const counters = z.strictObject({ filled: z.int().min(0), steps: z.int().min(0) });

/** Owns the prototypes, the queue and an epoch's counts; see {@link swavOptions}. */
export class SwavObjective implements Objective {
  readonly #options: SwavOptions;
  readonly #context: ContextOf['objective'];
  readonly #prototypes: Variable;
  readonly #queue: FeatureQueue | undefined;
  readonly #usage: PrototypeUsage;

  constructor(options: SwavOptions, context: ContextOf['objective']) {
    const { prototypes, queue, cropsForAssign } = options;
    const { key, inDim: dim, views, collective } = context;
    checkCrops(
      views.reduce((sum, { count }) => sum + count, 0),
      cropsForAssign,
    );
    this.#options = options;
    this.#context = context;
    this.#queue = queue
      ? new FeatureQueue(queue, { assignedCrops: cropsForAssign.length, dim, worldSize: collective.worldSize })
      : undefined;
    this.#prototypes = createPrototypes(key, dim, prototypes);
    this.#usage = new PrototypeUsage(prototypes);
    warnIfTooManyPrototypes(prototypes, context.batchSize, queue?.length ?? 0, context.warn);
  }

  variables(): readonly NamedVariable[] {
    return [{ name: `${this.#context.scope}/prototypes`, variable: this.#prototypes, role: 'prototype' }];
  }

  state(): State {
    return {
      tensors: Object.fromEntries(this.#stateVariables().map(({ name, variable }) => [name, variable])),
      json: { filled: this.#queue?.filled ?? 0, steps: this.#usage.steps },
    };
  }

  restore({ tensors, json }: State): void {
    const parsed = counters.safeParse(json);
    if (!parsed.success) {
      throw new TesseraError({
        code: 'E_STATE_MISMATCH',
        message: `the saved state of the objective swav has counters ${JSON.stringify(json)}, expected {"filled", "steps"}`,
        next: 'Restore with the configuration that the state was saved with.',
      });
    }
    restoreVariables('objective swav', this.#stateVariables(), tensors);
    if (this.#queue) this.#queue.filled = parsed.data.filled;
    this.#usage.steps = parsed.data.steps;
  }

  beforeStep(): void {
    normalizePrototypes(this.#prototypes);
  }

  frozen({ step, epoch }: Progress): readonly string[] {
    const { freezeSteps, freezeEpochs } = this.#options;
    return step < freezeSteps || epoch < freezeEpochs ? this.variables().map(({ name }) => name) : [];
  }

  loss(views: readonly Tensor2D[], { progress }: BatchInfo, { updates, collective }: Forward): LossResult {
    const { temperature, epsilon, iterations, cropsForAssign } = this.#options;
    const batch = views[0]?.shape[0] ?? 0;
    const ofCrop = (x_R: Tensor2D, crop: number): Tensor2D => tf.slice(x_R, [crop * batch, 0], [batch, -1]);
    const z_RD = l2Normalize(tf.concat([...views]));
    const scores_RK = float32MatMul(z_RD, this.#prototypes as tf.Tensor as Tensor2D);

    const queue = this.#queue?.started(progress) ? this.#queue : undefined;
    const balanced = cropsForAssign.map((crop, i) => {
      const past = queue?.past(i);
      const scores_SK = detached(() =>
        withPast(past, this.#prototypes as tf.Tensor as Tensor2D, ofCrop(scores_RK, crop)),
      );
      return sinkhorn(scores_SK, { epsilon, iterations, collective });
    });
    // The queue's rows come first; codes are kept for the batch only.
    const codes = balanced.map((all_SK) => tf.slice(all_SK, [all_SK.shape[0] - batch, 0], [batch, -1]));
    const local = swappedPrediction(scores_RK, codes, { crops: views.length, cropsForAssign, temperature });
    const loss = meanOverRanks(local, collective);

    const scores_AK = detached(() => tf.concat(cropsForAssign.map((crop) => ofCrop(scores_RK, crop))));
    const sharpness = codeSharpness(tf.concat(codes));
    this.#usage.count(scores_AK, sharpness, loss, updates);
    if (queue) {
      cropsForAssign.forEach((crop, i) => {
        queue.push(i, ofCrop(z_RD, crop), updates);
      });
      queue.advance(batch, updates);
    }
    return {
      loss,
      metrics: {
        codeSharpness: sharpness,
        marginalError: marginalError(balanced),
        prototypeEntropy: prototypeEntropy(scores_AK, temperature),
      },
    };
  }

  /** prototypeUsageEntropy and codeSharpness of the epoch. */
  epochMetrics(): Readonly<Record<string, number>> {
    const summary = this.#usage.summarize(this.#context.collective);
    if (!summary) return {};
    warnIfCollapsed(summary, this.#options.prototypes, this.#context.warn);
    const { prototypeUsageEntropy, codeSharpness: epochSharpness } = summary;
    return { prototypeUsageEntropy, codeSharpness: epochSharpness };
  }

  dispose(): void {
    this.#prototypes.dispose();
    this.#queue?.dispose();
    this.#usage.dispose();
  }

  #stateVariables(): readonly { name: string; variable: Variable }[] {
    const { scope } = this.#context;
    const queues = this.#queue?.variables() ?? [];
    return [
      ...queues.map((variable, i) => ({ name: `${scope}/queue.${i}`, variable })),
      { name: `${scope}/votes`, variable: this.#usage.votes },
      { name: `${scope}/sums`, variable: this.#usage.sums },
    ];
  }
}

/** Scores of the past embeddings under today's prototypes, then the batch's. */
function withPast(past: Tensor2D | undefined, prototypes_DK: Tensor2D, scores_BK: Tensor2D): Tensor2D {
  return past ? tf.concat([tf.matMul(past, prototypes_DK), scores_BK]) : tf.clone(scores_BK);
}

/** The `swav` objective. */
export const swavObjective = defineObjective({
  name: 'swav',
  summary: 'Predicts the balanced prototype assignments of the other crops, with a queue for small batches.',
  options: swavOptions,
  create: (options, context) => new SwavObjective(options, context),
});
