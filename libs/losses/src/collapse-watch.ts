import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Variable } from '@tensorflow/tfjs-core';
import { TesseraError, type ContextOf, type PendingUpdates, type Progress, type State } from '@tessera/core';
import { restoreVariables } from '@tessera/engine';
import { z } from 'zod';
import { detached } from './detached.ts';

/** An epoch's mean loss this near to the collapse value, relatively, sits there. */
const NEAR = 0.005;

/** Steps at the start of a run that do not count: an untrained encoder's embeddings are nearly alike, too. */
const UNSETTLED = 100;

const counters = z.strictObject({ steps: z.int().min(0) });

/**
 * Warns when an epoch's mean loss is the value that embeddings which are all alike give: nothing was learnt. The sum is kept on the
 * engine and read once an epoch.
 */
export class CollapseWatch {
  readonly #sum: Variable;
  readonly #context: Pick<ContextOf['objective'], 'scope' | 'warn'>;
  readonly #collapsed: number | undefined;
  readonly #formula: string;
  #steps = 0;

  /**
   * @param collapsed the loss under collapse; undefined or 0 where it tells nothing
   * @param formula how the message calls that value: `ln(2N - 1)`
   */
  constructor(context: Pick<ContextOf['objective'], 'scope' | 'warn'>, collapsed: number | undefined, formula: string) {
    this.#context = context;
    this.#collapsed = collapsed;
    this.#formula = formula;
    this.#sum = tf.tidy(() => tf.variable(tf.scalar(0), false));
  }

  /** After the step, counts its loss. */
  count(loss: Scalar, { step }: Progress, updates: PendingUpdates): void {
    if (step < UNSETTLED) return;
    updates.accumulate(
      this.#sum,
      detached(() => tf.clone(loss)),
    );
    updates.defer(() => {
      this.#steps++;
    });
  }

  /** Ends an epoch: warns if it collapsed, starts over. */
  endEpoch(): void {
    if (this.#steps === 0) return;
    const mean = (this.#sum.dataSync()[0] ?? NaN) / this.#steps;
    tf.tidy(() => {
      this.#sum.assign(tf.scalar(0));
    });
    this.#steps = 0;
    const collapsed = this.#collapsed;
    if (!collapsed || Math.abs(mean / collapsed - 1) > NEAR) return;
    this.#context.warn(
      'W_COLLAPSE',
      `the epoch's mean loss ${mean.toFixed(4)} is the collapse value ${this.#formula} = ${collapsed.toFixed(4)}: an image's other view is no more similar than any image. ` +
        'Try a lower learning rate or a longer warm-up, another temperature, or softer augmentation.',
    );
  }

  state(): State {
    return { tensors: { [`${this.#context.scope}/lossSum`]: this.#sum }, json: { steps: this.#steps } };
  }

  /** @throws TesseraError `E_STATE_MISMATCH` */
  restore({ tensors, json }: State): void {
    const parsed = counters.safeParse(json);
    if (!parsed.success) {
      throw new TesseraError({
        code: 'E_STATE_MISMATCH',
        message: `the saved state of the objective has counters ${JSON.stringify(json)}, expected {"steps"}`,
        next: 'Restore with the configuration that the state was saved with.',
      });
    }
    restoreVariables('objective', [{ name: `${this.#context.scope}/lossSum`, variable: this.#sum }], tensors);
    this.#steps = parsed.data.steps;
  }

  dispose(): void {
    this.#sum.dispose();
  }
}
