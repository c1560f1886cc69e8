import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { TesseraError, type PendingUpdates, type Progress } from '@tessera/core';
import { detached } from '@tessera/engine';
import type { QueueOptions } from './options.ts';

/** Where the queue is kept. */
export interface QueueContext {
  /** One queue each. */
  readonly assignedCrops: number;
  /** D */
  readonly dim: number;
  readonly worldSize: number;
}

/**
 * Unit-length embeddings of past steps, newest first, one queue for each crop that gets codes (main_swav.py `queue`). Starts as zeros
 * and is of no use until its last slot is filled. What a step pushes goes into the pending updates, so the step itself sees the
 * queue as it was.
 */
export class FeatureQueue {
  /** Embeddings per crop on this rank. */
  readonly length: number;
  readonly #options: QueueOptions;
  readonly #rows: readonly Variable[];
  #filled = 0;

  constructor(options: QueueOptions, { assignedCrops, dim, worldSize }: QueueContext) {
    if (options.length % worldSize !== 0) {
      throw new TesseraError({
        code: 'E_QUEUE_LENGTH',
        message: `a queue of ${options.length} embeddings does not divide among ${worldSize} processes`,
        next: `Choose a multiple of ${worldSize} for 'objective.options.queue.length'.`,
      });
    }
    this.#options = options;
    this.length = options.length / worldSize;
    this.#rows = Array.from({ length: assignedCrops }, () =>
      tf.tidy(() => tf.variable(tf.zeros([this.length, dim]), false)),
    );
  }

  /** Embeddings pushed so far. */
  get filled(): number {
    return this.#filled;
  }

  set filled(count: number) {
    this.#filled = count;
  }

  /** The queues, for saving. */
  variables(): readonly Variable[] {
    return this.#rows;
  }

  /** Whether this step fills, and if full uses, the queue. */
  started({ epoch, step }: Progress): boolean {
    return epoch >= this.#options.fromEpoch && step >= this.#options.fromStep;
  }

  /** Past embeddings of an assigned crop, [length, D], once there are enough. Borrowed. */
  past(crop: number): Tensor2D | undefined {
    return this.#filled >= this.length ? (this.#rows[crop] as tf.Tensor as Tensor2D) : undefined;
  }

  /** After the step, puts a crop's embeddings in front and drops as many from the end. @param z_BD unit length */
  push(crop: number, z_BD: Tensor2D, updates: PendingUpdates): void {
    const rows = this.#rows[crop];
    if (!rows) return;
    const kept = Math.max(0, this.length - z_BD.shape[0]);
    const newest = Math.min(this.length, z_BD.shape[0]);
    updates.assign(
      rows,
      detached(() =>
        tf.concat([tf.slice(z_BD, [0, 0], [newest, -1]), tf.slice(rows as tf.Tensor as Tensor2D, [0, 0], [kept, -1])]),
      ),
    );
  }

  /** After the step, counts what was pushed into each queue. */
  advance(count: number, updates: PendingUpdates): void {
    updates.defer(() => {
      this.#filled += count;
    });
  }

  dispose(): void {
    for (const rows of this.#rows) rows.dispose();
  }
}
