import type { Dataset } from '@tessera/core';
import type { BadImagePolicy, BadImages } from './bad-images.ts';
import type { Crew } from './crew.ts';
import { replacements } from './epoch-order.ts';
import type { Slot } from './slots.ts';
import type { DeepRow, Task, TaskResult } from './task.ts';

/** So many stand-ins in a row that are bad too mean that the source is. */
const REPLACEMENT_ATTEMPTS = 20;

/** A batch on its way. */
export interface PendingBatch {
  readonly index: number;
  readonly slot: Slot;
  /** Row -> position in the subset; a replaced image's row holds its stand-in. */
  readonly positions: Uint32Array;
  /** Positions that were asked for, bad ones included, in order. */
  readonly tried: readonly number[];
  /** Rows without an image (policy `drop`). */
  readonly dropped: ReadonlySet<number>;
  /** Images that were decoded for it from more than 8 bits a channel. */
  readonly deep: readonly DeepRow[];
  /** Settles once every row is filled, or the batch was cut short and nobody writes to its buffer any more. */
  readonly finished: Promise<void>;
}

interface OpenBatch extends PendingBatch {
  readonly epoch: number;
  /** Row -> dataset index of the sample that the row was planned for: its random keys. */
  readonly keyIds: readonly number[];
  readonly tried: number[];
  readonly dropped: Set<number>;
  readonly deep: DeepRow[];
  readonly standIns: Map<number, { readonly draws: Generator<number>; left: number }>;
  readonly settle: (error?: Error) => void;
  openTasks: number;
  cancelled: boolean;
  failure: Error | undefined;
}

export interface BatchMakerOptions {
  readonly dataset: Dataset;
  readonly indices: Int32Array;
  readonly crew: Crew;
  readonly bad: BadImages;
  readonly onBadImage: BadImagePolicy;
  readonly seed: number;
}

/** Splits batches into tasks, puts stand-ins where images are bad, and knows when a batch is whole. */
export class BatchMaker {
  readonly #options: BatchMakerOptions;
  readonly #open = new Set<OpenBatch>();
  readonly #tasks = new Map<number, OpenBatch>();
  #nextTask = 0;

  constructor(options: BatchMakerOptions) {
    this.#options = options;
  }

  /** Sets the workers on a batch. @param planned its positions in the subset, row by row */
  start(epoch: number, index: number, planned: Uint32Array, slot: Slot): PendingBatch {
    let settle: (error?: Error) => void = () => undefined;
    const finished = new Promise<void>((resolve, reject) => {
      settle = (error) => {
        if (error === undefined) resolve();
        else reject(error);
      };
    });
    finished.catch(() => undefined); // whoever awaits it hears of it; a batch that is dropped has nobody
    const batch: OpenBatch = {
      epoch,
      index,
      slot,
      positions: planned.slice(),
      keyIds: Array.from(planned, (position) => this.#options.indices[position] ?? 0),
      tried: [],
      dropped: new Set(),
      deep: [],
      standIns: new Map(),
      finished,
      settle,
      openTasks: 0,
      cancelled: false,
      failure: undefined,
    };
    this.#open.add(batch);
    this.#submit(batch, Array.from(planned.keys()));
    this.#closeIfWhole(batch);
    return batch;
  }

  /** A worker has done a task; bad rows get a stand-in, or are marked. */
  taskDone(taskId: number, { bad: badRows, deep }: TaskResult): void {
    const batch = this.#tasks.get(taskId);
    if (!batch) return;
    this.#tasks.delete(taskId);
    batch.openTasks--;
    batch.deep.push(...deep);
    for (const { position, reason } of badRows) this.#options.bad.add(position, reason);
    if (this.#options.onBadImage === 'drop') for (const { row } of badRows) batch.dropped.add(row);
    if (this.#options.onBadImage === 'skip' && !batch.cancelled && badRows.length > 0)
      this.#submit(
        batch,
        badRows.map(({ row }) => row),
      );
    this.#closeIfWhole(batch);
  }

  /** Cuts short everything that was started; their buffers are free when `finished` settles. */
  cancelAll(): readonly PendingBatch[] {
    this.#options.crew.cancelBefore(this.#nextTask);
    for (const batch of this.#open) batch.cancelled = true;
    return [...this.#open];
  }

  /** Nothing more will come: rejects whatever is open. */
  fail(error: Error): void {
    for (const batch of this.#open) batch.settle(error);
    this.#open.clear();
    this.#tasks.clear();
  }

  /** Sends the rows to the workers that own their images. Images that are known to be bad are replaced before. */
  #submit(batch: OpenBatch, rows: readonly number[]): void {
    const { crew, dataset, indices } = this.#options;
    const byWorker = new Map<number, number[]>();
    for (const row of rows) {
      if (!this.#settleOnImage(batch, row)) {
        batch.failure = this.#options.bad.mostlyBad();
        return;
      }
      const worker = (batch.positions[row] as number) % crew.size;
      const own = byWorker.get(worker);
      if (own) own.push(row);
      else byWorker.set(worker, [row]);
    }
    for (const [worker, own] of byWorker) {
      const positions = own.map((row) => batch.positions[row] as number);
      const task: Task = {
        id: this.#nextTask++,
        slot: batch.slot.id,
        epoch: batch.epoch,
        batch: batch.index,
        batchSize: batch.positions.length,
        rows: own,
        positions,
        keyIds: own.map((row) => batch.keyIds[row] as number),
        locators: positions.map((position) => dataset.locate(indices[position] as number)),
      };
      batch.openTasks++;
      this.#tasks.set(task.id, batch);
      crew.submit(worker, task);
    }
  }

  /** Finds an image for a row that is not known to be bad. @returns whether there is one */
  #settleOnImage(batch: OpenBatch, row: number): boolean {
    const { bad, indices, onBadImage, seed } = this.#options;
    batch.tried.push(batch.positions[row] as number);
    while (onBadImage === 'skip' && bad.has(batch.positions[row] as number)) {
      const standIns = batch.standIns.get(row) ?? {
        draws: replacements(indices.length, seed, batch.epoch, batch.keyIds[row] as number),
        left: REPLACEMENT_ATTEMPTS,
      };
      batch.standIns.set(row, standIns);
      if (standIns.left-- === 0) return false;
      batch.positions[row] = standIns.draws.next().value as number;
      batch.tried.push(batch.positions[row]);
    }
    return true;
  }

  #closeIfWhole(batch: OpenBatch): void {
    if (batch.openTasks > 0 || !this.#open.delete(batch)) return;
    batch.settle(batch.cancelled ? undefined : batch.failure);
  }
}
