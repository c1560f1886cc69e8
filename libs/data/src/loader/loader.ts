import { TesseraError, type Dataset, type ViewSpec } from '@tessera/core';
import type { BadImagePolicy, BadImages, Warn } from './bad-images.ts';
import { BatchMaker, type PendingBatch } from './batch-maker.ts';
import { dropRows } from './batch-buffer.ts';
import type { Batch, BatchGroup, EpochOptions, Loader } from './contract.ts';
import type { Crew, CrewEvents } from './crew.ts';
import type { DeepImages } from './deep-images.ts';
import { epochOrder } from './epoch-order.ts';
import type { LoaderMemory } from './memory.ts';
import type { Plane } from './planes.ts';
import { Slots, type Slot } from './slots.ts';
import { warnIfSlow } from './warn-if-slow.ts';

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
  readonly deep: DeepImages;
  readonly onBadImage: BadImagePolicy;
  readonly warn: Warn;
  /** How long a batch is waited for before a warning. */
  readonly patienceSeconds: number;
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
      done: (taskId, result) => {
        if (started.loader) started.loader.#maker.taskDone(taskId, result);
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
      this.#options.deep.judge();
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
      await warnIfSlow(pending.finished, this.#options.patienceSeconds, () => {
        this.#warnOfDelay(pending);
      });
      this.#options.bad.judge(pending.tried);
      this.#options.deep.add(pending.deep);
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

  #warnOfDelay({ index, positions }: PendingBatch): void {
    const { dataset, indices, patienceSeconds, warn } = this.#options;
    const first = dataset.describe(indices[positions[0] ?? 0] ?? 0);
    warn(
      'W_DATA_SLOW',
      `waiting for batch ${String(index + 1)} of ${String(this.batchesPerEpoch)} for ${String(patienceSeconds)} s (its first image is '${first}'): a disk that does not answer, a plugin that does not return, or too few workers`,
    );
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
