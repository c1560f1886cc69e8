/**
 * MoCo's objective with its queue of keys (He et al. 2020, https://arxiv.org/abs/1911.05722; code: facebookresearch/moco moco/builder.py).
 *
 * Shapes: B images on this rank, D width, Q keys in the queue.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core';
import {
  defineObjective,
  fold,
  stream,
  TesseraError,
  type BatchInfo,
  type ContextOf,
  type Embeddings,
  type Forward,
  type LossResult,
  type Objective,
  type State,
} from '@tessera/core';
import { l2Normalize, restoreVariables, withoutGradient } from '@tessera/engine';
import { meanOverRanks, mocoNce } from '@tessera/losses';
import { z } from 'zod';
import { mocoDoubts } from './doubts.ts';

export const mocoOptions = z.strictObject({
  length: z
    .int()
    .positive()
    .default(65_536)
    .describe('Q, keys in the queue: a multiple of the batch; 4096 on CIFAR-10'),
  temperature: z.number().positive().default(0.07).describe('tau; > 0. v1: 0.07, v2: 0.2'),
});
export type MocoOptions = z.output<typeof mocoOptions>;

const saved = z.strictObject({ pointer: z.int().min(0) });

/** Keys of past steps, overwritten from the oldest on. Every rank holds the same queue. */
export class MocoObjective implements Objective {
  readonly #options: MocoOptions;
  readonly #name: string;
  readonly #queue: Variable;
  #pointer = 0;

  /** @throws TesseraError `E_QUEUE_LENGTH` where the batch does not divide the queue, as the official code asserts */
  constructor(options: MocoOptions, { key, inDim, batchSize, scope }: ContextOf['objective']) {
    const { length } = options;
    if (length % batchSize !== 0) {
      throw new TesseraError({
        code: 'E_QUEUE_LENGTH',
        message: `a queue of ${String(length)} keys is no multiple of the batch of ${String(batchSize)}`,
        next: `Set objective.options.length to ${String(batchSize * Math.max(1, Math.round(length / batchSize)))}, or another multiple of trainer.batchSize.`,
      });
    }
    this.#options = options;
    this.#name = `${scope}/queue`;
    const random = stream(fold(key, this.#name));
    const values = Float32Array.from({ length: length * inDim }, () => random.normal());
    this.#queue = tf.tidy(() => tf.variable(l2Normalize(tf.tensor2d(values, [length, inDim])), false));
  }

  variables(): readonly [] {
    return [];
  }

  state(): State {
    return { tensors: { [this.#name]: this.#queue }, json: { pointer: this.#pointer } };
  }

  restore({ tensors, json }: State): void {
    const parsed = saved.safeParse(json);
    if (!parsed.success) {
      throw new TesseraError({
        code: 'E_STATE_MISMATCH',
        message: `the saved state of the objective moco has counters ${JSON.stringify(json)}, expected {"pointer"}`,
        next: 'Restore with the configuration that the state was saved with.',
      });
    }
    restoreVariables('objective moco', [{ name: this.#name, variable: this.#queue }], tensors);
    this.#pointer = parsed.data.pointer;
  }

  /** Metric: contrastiveAccuracy, the share of queries nearest to their own key. */
  loss({ query = [], key = [] }: Embeddings, _batch: BatchInfo, { collective, updates }: Forward): LossResult {
    const [q, k] = [query[0], key[0]];
    if (!q || !k) throw new Error('the objective moco needs a query and a key'); // its needs name both
    const k_BD = withoutGradient(() => l2Normalize(k));
    const { loss, accuracy } = mocoNce(
      l2Normalize(q),
      k_BD,
      this.#queue as tf.Tensor as Tensor2D,
      this.#options.temperature,
    );
    const pushed = withoutGradient(() => this.#pushed(collective.allGather(k_BD)));
    updates.assign(this.#queue, pushed);
    const count = k_BD.shape[0] * collective.worldSize;
    updates.defer(() => {
      this.#pointer = (this.#pointer + count) % this.#options.length;
    });
    return {
      loss: meanOverRanks(loss, collective),
      metrics: { contrastiveAccuracy: meanOverRanks(accuracy, collective) },
    };
  }

  dispose(): void {
    this.#queue.dispose();
  }

  /** The queue with keys at the pointer. A batch never wraps: it divides the queue. */
  #pushed(keys_KD: Tensor2D): Tensor2D {
    const queue_QD = this.#queue as tf.Tensor as Tensor2D;
    const [length] = queue_QD.shape;
    const end = this.#pointer + keys_KD.shape[0];
    const before = tf.slice(queue_QD, [0, 0], [this.#pointer, -1]);
    return tf.concat([before, keys_KD, tf.slice(queue_QD, [end, 0], [length - end, -1])]);
  }
}

/** The `moco` objective of MoCo v1 and v2. */
export const mocoObjective = defineObjective({
  name: 'moco',
  summary: 'Each query finds its key among a queue of keys of past steps.',
  options: mocoOptions,
  needs: { roles: ['query', 'key'] },
  methods: ['moco'],
  check: mocoDoubts,
  create: (options, context) => new MocoObjective(options, context),
});
