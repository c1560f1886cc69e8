import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import { TesseraError } from '@tessera/core';

/** Which cluster every sample of the data set belongs to, by sample id, for one clustering. */
export class Assignments {
  #byId: Int32Array = new Int32Array(0);
  #tensor = tf.keep(tf.tensor1d([], 'int32'));

  /** -1 for an id that no pass has seen. */
  get byId(): Int32Array {
    return this.#byId;
  }

  /** The same, to be saved; borrowed. */
  get tensor(): Tensor1D {
    return this.#tensor;
  }

  /** @param sampleIds of the rows that were clustered */
  set(sampleIds: Int32Array, clusters: ArrayLike<number>): void {
    const size = sampleIds.reduce((most, id) => Math.max(most, id + 1), 0);
    this.#byId = new Int32Array(size).fill(-1);
    sampleIds.forEach((id, row) => (this.#byId[id] = clusters[row] ?? -1));
    this.#tensor.dispose();
    this.#tensor = tf.keep(tf.tensor1d(this.#byId, 'int32'));
  }

  /** Takes over what {@link tensor} gave. */
  restore(saved: Tensor1D): void {
    const byId = saved.dataSync();
    this.set(Int32Array.from(byId.keys()), byId);
  }

  dispose(): void {
    this.#tensor.dispose();
  }

  /** Targets of a batch. @throws TesseraError `E_SAMPLE_UNKNOWN` */
  of(sampleIds: Int32Array): Tensor1D {
    const targets = sampleIds.map((id) => this.#byId[id] ?? -1);
    const missing = targets.indexOf(-1);
    if (missing >= 0) {
      throw new TesseraError({
        code: 'E_SAMPLE_UNKNOWN',
        kind: 'failure',
        message: `image ${String(sampleIds[missing])} has no cluster: ${this.#byId.length === 0 ? 'no clustering was made yet' : 'it was not in the pass over the data'}`,
        next: 'Cluster before the first step of every epoch (Objective.beforeEpoch), over the images that are trained on.',
      });
    }
    return tf.tensor1d(targets, 'int32');
  }
}
