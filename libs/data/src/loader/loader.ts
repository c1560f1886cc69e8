import { TesseraError, type Dataset, type ViewSpec } from '@tessera/core';
import type { BadImagePolicy, BadImages } from './bad-images.ts';
import { BatchMaker, type PendingBatch } from './batch-maker.ts';
import { dropRows } from './batch-buffer.ts';
import type { Crew, CrewEvents } from './crew.ts';
import { epochOrder } from './epoch-order.ts';
import type { LoaderMemory } from './memory.ts';
import type { Plane } from './planes.ts';
import { Slots, type Slot } from './slots.ts';

/** The views of one resolution. */
export interface BatchGroup {
  readonly spec: ViewSpec;
  /** Crop-major [count * B, size, size, C]; crops only, where the engine finishes the views. */
  readonly pixels: Uint8Array | Float32Array;
  /** What was drawn for the views after their crops, [count * B, P], where the engine finishes them: `DeviceHalf`. */
  readonly parameters?: Float32Array;
}

/** One batch of views. The pixels lie in a buffer that the loader uses again: copy or upload them, then `release`. */
export interface Batch {
  /** One entry a resolution. Valid until `release`. */
  readonly groups: readonly BatchGroup[];
  /** Position of each image in the data set, [B]; a replaced image's stand-in. */
  readonly sampleIds: Int32Array;
  /** Class of each image, [B], where the data set has classes. */
  readonly labels?: Int32Array;
  /** Gives the buffer back; the workers start on another batch at once. Calling it again does nothing. */
  release(): void;
}

/** Which part of an epoch, and what comes after it. Neither changes any batch. */
export interface EpochOptions {
  /** Where to begin: a resumed run has used the batches before it. Default 0. */
  readonly firstBatch?: number;
  /** The next epoch follows: once this one is prepared to its end, the workers go on with that. Default false. */
  readonly continues?: boolean;
}

/** Batches of augmented views, in an order and with pixels that depend on (seed, epoch) only. One epoch at a time. */
export interface Loader {
  /** Images in a full batch. */
  readonly batchSize: number;
  /** Batches of an epoch; where bad images are dropped, a batch can be shorter, or, with no image left, missing. */
  readonly batchesPerEpoch: number;
  readonly views: readonly ViewSpec[];
  readonly memory: LoaderMemory;
  /**
   * An epoch's batches. Breaking off frees everything, batches of the next epoch included.
   * @throws TesseraError while iterating: `E_BAD_IMAGE`, `E_DATA_TOO_MANY_BAD`, `E_DATA_MOSTLY_BAD`, `E_WORKER_CRASHED`, `E_AUGMENTER_FAILED`
   */
  epoch(epoch: number, options?: EpochOptions): AsyncIterable<Batch>;
  /** Ends the workers. */
  dispose(): Promise<void>;
}

export interface BatchLoaderOptions {
  readonly dataset: Dataset;
  /** The training subset: data set indices. */
  readonly indices: Int32Array;
  readonly views: readonly ViewSpec[];
  /** Pixels of every view group, then, perhaps, their parameters: {@link planesOf}. */
  readonly planes: readonly Plane[];
  readonly memory: LoaderMemory;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  readonly seed: number;
  readonly bad: BadImages;
  readonly onBadImage: BadImagePolicy;
  readonly startCrew: (events: CrewEvents) => Promise<Crew>;
}

interface EpochRun {
  readonly epoch: number;
  readonly firstBatch: number;
  readonly order: Uint32Array;
  readonly ahead: PendingBatch[];
  /** Whether the next epoch is prepared once this one is. */
  continues: boolean;
  planned: number;
}

export class BatchLoader implements Loader {
  readonly batchSize: number;
  readonly batchesPerEpoch: number;
  readonly views: readonly ViewSpec[];
  readonly memory: LoaderMemory;
  readonly #options: BatchLoaderOptions;
  readonly #slots: Slots;
  readonly #crew: Crew;
  readonly #maker: BatchMaker;
  #run: EpochRun | undefined;
  /** The epoch after the running one, while its first batches are prepared already. */
  #next: EpochRun | undefined;
  /** Batches of epochs that were broken off, still being written to. */
  #draining: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;

  static async start(options: BatchLoaderOptions): Promise<BatchLoader> {
    // Reports can arrive only after the first task, and so after the loader is there.
    const started: { loader?: BatchLoader } = {};
    const crew = await options.startCrew({
      done: (taskId, bad) => {
        if (started.loader) started.loader.#maker.taskDone(taskId, bad);
      },
      failed: (error) => {
        if (started.loader) started.loader.#fail(error);
      },
    });
    return (started.loader = new BatchLoader(options, crew));
  }

  private constructor(options: BatchLoaderOptions, crew: Crew) {
    const { batchSize, dataset, indices, planes, bad, onBadImage, seed } = options;
    this.#options = options;
    this.#crew = crew;
    this.batchSize = batchSize;
    this.views = options.views;
    this.memory = options.memory;
    this.batchesPerEpoch = options.dropLast
      ? Math.floor(indices.length / batchSize)
      : Math.ceil(indices.length / batchSize);
    this.#slots = new Slots(options.memory.batches, planes, batchSize, (slot, buffer) => {
      crew.addSlot(slot, buffer, batchSize);
    });
    this.#maker = new BatchMaker({ dataset, indices, crew, bad, onBadImage, seed });
  }

  async *epoch(
    epoch: number,
    { firstBatch = 0, continues = false }: EpochOptions = {},
  ): AsyncGenerator<Batch, void, undefined> {
    if (this.#run)
      throw misuse(
        'E_EPOCH_ACTIVE',
        'an epoch is being iterated already',
        'End it (break out of its loop) before the next one.',
      );
    const run = this.#prepared(epoch, firstBatch) ?? this.#newRun(epoch, firstBatch);
    run.continues = continues;
    this.#run = run;
    this.#crew.keepAlive(true);
    let whole = false;
    try {
      await this.#draining;
      for (let index = firstBatch; index < this.batchesPerEpoch; index++) {
        this.#planAhead();
        if (this.#failure !== undefined) throw this.#failure;
        const pending = run.ahead.shift();
        if (!pending) {
          const held = String(this.#slots.taken);
          throw misuse(
            'E_BATCH_NOT_RELEASED',
            `all ${held} batch buffers are held`,
            'Call release() on each batch once its pixels are uploaded.',
          );
        }
        const batch = await this.#finish(pending);
        this.#planAhead();
        if (batch.sampleIds.length > 0) yield batch;
        else batch.release();
      }
      whole = true;
    } finally {
      this.#run = undefined;
      if (!whole) this.#breakOff([run, ...this.#takeNext()]);
      this.#crew.keepAlive(false);
    }
  }

  async dispose(): Promise<void> {
    this.#fail(
      misuse(
        'E_LOADER_DISPOSED',
        'the data loader was disposed of while batches were awaited',
        'End the epoch before disposing of its loader.',
      ),
    );
    await this.#crew.dispose();
  }

  #newRun(epoch: number, firstBatch: number): EpochRun {
    const { indices, shuffle, seed } = this.#options;
    const order = epochOrder(indices.length, shuffle, seed, epoch);
    return { epoch, firstBatch, order, ahead: [], continues: false, planned: firstBatch };
  }

  /** What is prepared already, if it is what is wanted now; else it is cut short. */
  #prepared(epoch: number, firstBatch: number): EpochRun | undefined {
    const [next] = this.#takeNext();
    if (next?.epoch === epoch && next.firstBatch === firstBatch) return next;
    if (next) this.#breakOff([next]);
    return undefined;
  }

  #takeNext(): readonly EpochRun[] {
    const next = this.#next;
    this.#next = undefined;
    return next ? [next] : [];
  }

  /** Sets the workers on as many batches as there are free buffers. */
  #planAhead(): void {
    while (this.#failure === undefined) {
      const run = this.#unplanned();
      const slot = run && this.#slots.take();
      if (!slot) return;
      const from = run.planned * this.batchSize;
      run.ahead.push(this.#maker.start(run.epoch, run.planned, run.order.subarray(from, from + this.batchSize), slot));
      run.planned++;
    }
  }

  /** The epoch that has batches to prepare: the running one, then the next. */
  #unplanned(): EpochRun | undefined {
    const run = this.#run;
    if (!run || run.planned < this.batchesPerEpoch) return run;
    if (run.continues) this.#next ??= this.#newRun(run.epoch + 1, 0);
    return this.#next && this.#next.planned < this.batchesPerEpoch ? this.#next : undefined;
  }

  async #finish(pending: PendingBatch): Promise<Batch> {
    try {
      await pending.finished;
      this.#options.bad.judge(pending.tried);
    } catch (error) {
      this.#slots.giveBack(pending.slot);
      throw error;
    }
    const { dataset, indices, planes } = this.#options;
    const { slot, positions, dropped } = pending;
    const rows = dropRows(slot.arrays, planes, positions.length, dropped);
    const sampleIds = Int32Array.from(rows, (row) => indices[positions[row] as number] as number);
    return {
      groups: this.#groupsOf(slot, rows.length),
      sampleIds,
      ...(dataset.classes ? { labels: sampleIds.map((id) => dataset.label(id) ?? -1) } : {}),
      release: this.#releaseOnce(slot),
    };
  }

  #groupsOf({ arrays }: Slot, images: number): readonly BatchGroup[] {
    const { views, planes } = this.#options;
    const front = (plane: number): Uint8Array | Float32Array | undefined => {
      const { count, length } = planes[plane] ?? { count: 0, length: 0 };
      return arrays[plane]?.subarray(0, count * images * length);
    };
    return views.map((spec, group) => {
      const pixels = front(group);
      if (!pixels) throw new Error(`no view group ${String(group)}`);
      const parameters = front(views.length + group);
      return { spec, pixels, ...(parameters instanceof Float32Array && { parameters }) };
    });
  }

  #releaseOnce(slot: Slot): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#slots.giveBack(slot);
      this.#planAhead();
    };
  }

  #breakOff(runs: readonly EpochRun[]): void {
    const ahead = runs.flatMap((run) => run.ahead);
    if (ahead.length === 0) return;
    this.#maker.cancelAll();
    const drained = ahead.map(async ({ finished, slot }) => {
      await finished.catch(() => undefined);
      this.#slots.giveBack(slot);
    });
    this.#draining = Promise.all([this.#draining, ...drained]);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#maker.fail(error);
  }
}

function misuse(code: string, message: string, next: string): TesseraError {
  return new TesseraError({ code, message, next, kind: 'failure' });
}
