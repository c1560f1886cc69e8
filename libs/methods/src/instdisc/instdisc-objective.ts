/**
 * The memory bank of instance discrimination (Wu et al. 2018, https://arxiv.org/abs/1805.01978; code: zhirongw/lemniscate.pytorch
 * lib/LinearAverage.py).
 *
 * Shapes: B images on this rank, N training images, D width.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import {
  defineObjective,
  doubts,
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
import { instanceDiscrimination, meanOverRanks, movedBank, temperatureDoubt } from '@tessera/losses';
import { z } from 'zod';

export const instdiscOptions = z.strictObject({
  temperature: z.number().positive().default(0.07).describe("tau; > 0. The paper's 0.07; its CIFAR script has 0.1"),
  momentum: z.number().min(0).lt(1).default(0.5).describe('weight of the old row of the bank'),
  initial: z
    .enum(['reference', 'unit'])
    .default('reference')
    .describe('rows of the bank at the start: uniform and not of unit length, as the reference; or of unit length'),
});
export type InstdiscOptions = z.output<typeof instdiscOptions>;

/** One row for every training image, in `state()`. Every rank holds the same bank. */
export class InstdiscObjective implements Objective {
  readonly #options: InstdiscOptions;
  readonly #name: string;
  readonly #bank: Variable;

  constructor(options: InstdiscOptions, { key, inDim, data, scope }: ContextOf['objective']) {
    this.#options = options;
    this.#name = `${scope}/bank`;
    const random = stream(fold(key, this.#name));
    const half = 1 / Math.sqrt(inDim / 3);
    const values = Float32Array.from({ length: data.size * inDim }, () => random.uniform(-half, half));
    this.#bank = tf.tidy(() => {
      const rows_ND = tf.tensor2d(values, [data.size, inDim]);
      return tf.variable(options.initial === 'unit' ? l2Normalize(rows_ND) : rows_ND, false);
    });
  }

  variables(): readonly [] {
    return [];
  }

  state(): State {
    return { tensors: { [this.#name]: this.#bank }, json: null };
  }

  restore({ tensors }: State): void {
    restoreVariables('objective instdisc', [{ name: this.#name, variable: this.#bank }], tensors);
  }

  /** Mean over the views; the first view's embeddings move the bank. @throws TesseraError `E_SAMPLE_ID` */
  loss({ online = [] }: Embeddings, _batch: BatchInfo, { collective, updates, sampleIds }: Forward): LossResult {
    const { temperature, momentum } = this.#options;
    const bank_ND = this.#bank as tf.Tensor as Tensor2D;
    requireRows(sampleIds, bank_ND.shape[0]);
    const ids_B = tf.tensor1d(sampleIds, 'int32');
    const views = online.map((z_BD) => l2Normalize(z_BD));
    const losses = views.map((v_BD) => instanceDiscrimination(v_BD, bank_ND, ids_B, temperature));
    const [first] = views;
    if (first)
      updates.assign(
        this.#bank,
        withoutGradient(() =>
          movedBank(bank_ND, collective.allGather<Tensor1D>(ids_B), collective.allGather(first), momentum),
        ),
      );
    return { loss: meanOverRanks(tf.div<tf.Scalar>(tf.addN(losses), losses.length), collective), metrics: {} };
  }

  dispose(): void {
    this.#bank.dispose();
  }
}

function requireRows(ids: Int32Array, rows: number): void {
  const stranger = ids.find((id) => id < 0 || id >= rows);
  if (stranger === undefined) return;
  throw new TesseraError({
    code: 'E_SAMPLE_ID',
    kind: 'failure',
    message: `the memory bank has ${String(rows)} rows, and an image of the batch has the id ${String(stranger)}`,
    next: 'Give sample ids from 0 to data.size - 1 in `forward.sampleIds`.',
  });
}

/** The `instdisc` objective. */
export const instdiscObjective = defineObjective({
  name: 'instdisc',
  summary: 'Each image finds its own row in a memory bank of all training images.',
  options: instdiscOptions,
  methods: ['instdisc'],
  check: ({ temperature }) => doubts(temperatureDoubt(temperature)),
  create: (options, context) => new InstdiscObjective(options, context),
});
