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
  type Embeddings,
  type Forward,
  type LossResult,
  type NamedVariable,
  type Objective,
  type Progress,
  type State,
} from '@tessera/core';
import { detached, l2Normalize, restoreVariables } from '@tessera/engine';
import { checkCrops, CollapseWatch, embeddingSpread, prototypeLoss } from '@tessera/losses';
import { z } from 'zod';
import { swavCollapse } from './collapse-signs.ts';
import { swavDoubts } from './doubts.ts';
import { FeatureQueue } from './feature-queue.ts';
import { swavOptions, type SwavOptions } from './options.ts';
import { PrototypeHead } from './prototype-head.ts';
import { meanSummary } from './prototype-usage.ts';
import { codeSharpness, marginalError, meanOf, prototypeEntropy } from './step-metrics.ts';
import { warnIfTooManyPrototypes } from './warnings.ts';

const counters = z.strictObject({ filled: z.int().min(0), steps: z.int().min(0), watch: z.json() });

/** Owns the prototypes, the queue and an epoch's counts; see {@link swavOptions}. */
export class SwavObjective implements Objective {
  readonly #options: SwavOptions;
  readonly #context: ContextOf['objective'];
  readonly #heads: readonly PrototypeHead[];
  readonly #queue: FeatureQueue | undefined;
  readonly #watch: CollapseWatch;

  constructor(options: SwavOptions, context: ContextOf['objective']) {
    const { queue, cropsForAssign } = options;
    const counts = typeof options.prototypes === 'number' ? [options.prototypes] : options.prototypes;
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
    this.#heads = counts.map((count, i) => new PrototypeHead(key, dim, count, counts.length > 1 ? `.${i}` : ''));
    this.#watch = new CollapseWatch(context, swavCollapse(counts, options.epsilon));
    warnIfTooManyPrototypes(Math.max(...counts), context.batchSize, queue?.length ?? 0, context.warn);
  }

  variables(): readonly NamedVariable[] {
    return this.#heads.map(({ suffix, prototypes }) => ({
      name: `${this.#context.scope}/prototypes${suffix}`,
      variable: prototypes,
      role: 'prototype',
    }));
  }

  state(): State {
    return {
      tensors: Object.fromEntries(this.#stateVariables().map(({ name, variable }) => [name, variable])),
      json: {
        filled: this.#queue?.filled ?? 0,
        steps: this.#heads[0]?.usage.steps ?? 0,
        watch: this.#watch.state().json,
      },
    };
  }

  restore({ tensors, json }: State): void {
    const parsed = counters.safeParse(json);
    if (!parsed.success) {
      throw new TesseraError({
        code: 'E_STATE_MISMATCH',
        message: `the saved state of the objective swav has counters ${JSON.stringify(json)}, expected {"filled", "steps", "watch"}`,
        next: 'Restore with the configuration that the state was saved with.',
      });
    }
    restoreVariables('objective swav', this.#stateVariables(), tensors);
    this.#watch.restore({ tensors: {}, json: parsed.data.watch });
    if (this.#queue) this.#queue.filled = parsed.data.filled;
    for (const { usage } of this.#heads) usage.steps = parsed.data.steps;
  }

  beforeStep(): void {
    for (const head of this.#heads) head.normalize();
  }

  frozen({ step, epoch }: Progress): readonly string[] {
    const { freezeSteps, freezeEpochs } = this.#options;
    return step < freezeSteps || epoch < freezeEpochs ? this.variables().map(({ name }) => name) : [];
  }

  loss({ online: views = [] }: Embeddings, _batch: BatchInfo, { updates, collective, progress }: Forward): LossResult {
    const { temperature, epsilon, iterations, cropsForAssign, codes } = this.#options;
    const batch = views[0]?.shape[0] ?? 0;
    const ofCrop = (x_R: Tensor2D, crop: number): Tensor2D => tf.slice(x_R, [crop * batch, 0], [batch, -1]);
    const z_RD = l2Normalize(tf.concat([...views]));
    const queue = this.#queue?.started(progress) ? this.#queue : undefined;
    const past = cropsForAssign.map((_, i) => queue?.past(i));
    const setting = { crops: views.length, cropsForAssign, temperature, epsilon, iterations, codes, collective, past };
    const perHead = this.#heads.map(({ usage, prototypes_DK }) => {
      const { loss, scores_RK, balanced } = prototypeLoss(z_RD, prototypes_DK, setting);
      const scores_AK = detached(() => tf.concat(cropsForAssign.map((crop) => ofCrop(scores_RK, crop))));
      const sharpness = codeSharpness(tf.concat(balanced.map((codes_SK) => ownRows(codes_SK, batch))));
      usage.count(scores_AK, sharpness, updates);
      return {
        loss,
        codeSharpness: sharpness,
        marginalError: marginalError(balanced),
        prototypeEntropy: prototypeEntropy(scores_AK, temperature),
      };
    });
    const told = perHead.flatMap(({ loss, codeSharpness }, i) => [
      [`loss.${i}`, loss] as const,
      [`sharpness.${i}`, codeSharpness] as const,
    ]);
    this.#watch.count({ spread: embeddingSpread(z_RD), ...Object.fromEntries(told) }, progress, updates);
    if (queue) {
      cropsForAssign.forEach((crop, i) => {
        queue.push(i, ofCrop(z_RD, crop), updates);
      });
      queue.advance(batch, updates);
    }
    return {
      loss: meanOf(perHead.map(({ loss }) => loss)),
      metrics: {
        codeSharpness: meanOf(perHead.map((head) => head.codeSharpness)),
        marginalError: meanOf(perHead.map((head) => head.marginalError)),
        prototypeEntropy: meanOf(perHead.map((head) => head.prototypeEntropy)),
      },
    };
  }

  /** prototypeUsageEntropy and codeSharpness of the epoch, mean over heads. */
  epochMetrics(): Readonly<Record<string, number>> {
    const summaries = this.#heads.flatMap(({ usage }) => usage.summarize(this.#context.collective) ?? []);
    return summaries.length > 0 ? meanSummary(summaries) : {};
  }

  dispose(): void {
    for (const head of this.#heads) head.dispose();
    this.#queue?.dispose();
    this.#watch.dispose();
  }

  #stateVariables(): readonly { name: string; variable: Variable }[] {
    const { scope } = this.#context;
    const queues = this.#queue?.variables() ?? [];
    return [
      ...queues.map((variable, i) => ({ name: `${scope}/queue.${i}`, variable })),
      ...this.#heads.flatMap(({ suffix, usage }) => [
        { name: `${scope}/votes${suffix}`, variable: usage.votes },
        { name: `${scope}/sums${suffix}`, variable: usage.sums },
      ]),
    ];
  }
}

/** The batch's rows of a matrix that has the queue's first. */
function ownRows(x_SK: Tensor2D, batch: number): Tensor2D {
  return tf.slice(x_SK, [x_SK.shape[0] - batch, 0], [batch, -1]);
}

/** The `swav` objective. */
export const swavObjective = defineObjective({
  name: 'swav',
  summary: 'Predicts the balanced prototype assignments of the other crops, with a queue for small batches.',
  options: swavOptions,
  // One image gets codes that say nothing, one view has no other to predict.
  needs: { images: 2, views: 2 },
  check: swavDoubts,
  methods: ['swav'],
  create: (options, context) => new SwavObjective(options, context),
});
