import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import type { Collective, PendingUpdates } from '@tessera/core';
import { detached } from '@tessera/engine';

/** What an epoch says about the prototypes. */
export interface UsageSummary {
  /** Entropy of the predictions' largest prototype over the epoch, divided by ln K: 1 when all are used alike, 0 when one is. */
  readonly prototypeUsageEntropy: number;
  /** Mean over the epoch of a code's largest entry: 1 / K when codes are uniform, 1 when they are hard. */
  readonly codeSharpness: number;
}

/** Counts, over an epoch, which prototypes are predicted. Kept on the engine, read once an epoch. */
export class PrototypeUsage {
  /** [K], how often each prototype had the largest score of an assigned crop. */
  readonly votes: Variable;
  /** [1], sum over steps of code sharpness. */
  readonly sums: Variable;
  /** Steps counted since the last summary. */
  steps = 0;
  readonly #prototypes: number;

  constructor(prototypes: number) {
    this.#prototypes = prototypes;
    this.votes = tf.tidy(() => tf.variable(tf.zeros([prototypes]), false));
    this.sums = tf.tidy(() => tf.variable(tf.zeros([1]), false));
  }

  /** After the step, counts it. @param scores_AK of the assigned crops, all rows */
  count(scores_AK: Tensor2D, sharpness: Scalar, updates: PendingUpdates): void {
    const votes = () =>
      tf.sum<Tensor1D>(tf.oneHot(tf.argMax<Tensor1D>(scores_AK, 1), this.#prototypes, 1, 0, 'float32'), 0);
    updates.accumulate(this.votes, detached(votes));
    updates.accumulate(
      this.sums,
      detached(() => tf.reshape(sharpness, [1])),
    );
    updates.defer(() => {
      this.steps++;
    });
  }

  /** Reads the counts of all ranks and starts over; nothing where no step was counted. Every rank must call it. */
  summarize(collective: Collective): UsageSummary | undefined {
    const { steps } = this;
    if (steps === 0) return undefined;
    const [votes, [sharpness = NaN]] = tf.tidy(() => [
      [...collective.allReduceSum(tf.clone(this.votes)).dataSync()],
      [...tf.div(collective.allReduceSum(tf.clone(this.sums)), collective.worldSize).dataSync()],
    ]);
    this.reset();
    return {
      prototypeUsageEntropy: entropy(votes) / Math.log(this.#prototypes),
      codeSharpness: sharpness / steps,
    };
  }

  reset(): void {
    tf.tidy(() => {
      for (const variable of [this.votes, this.sums]) variable.assign(tf.zerosLike(variable));
    });
    this.steps = 0;
  }

  dispose(): void {
    this.votes.dispose();
    this.sums.dispose();
  }
}

/** What an epoch reports of several heads: the mean of each. */
export function meanSummary(heads: readonly UsageSummary[]): Readonly<Record<keyof UsageSummary, number>> {
  const mean = (of: (head: UsageSummary) => number): number =>
    heads.reduce((sum, head) => sum + of(head), 0) / heads.length;
  return {
    prototypeUsageEntropy: mean((head) => head.prototypeUsageEntropy),
    codeSharpness: mean((head) => head.codeSharpness),
  };
}

/** Entropy, in nats, of counts. */
function entropy(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count) => (count > 0 ? sum - (count / total) * Math.log(count / total) : sum), 0);
}
