import type { Json } from '@tessera/core';
import type { PixelRange } from '../decode/deep.ts';

/** Part of a batch for one worker: plain JSON. Arrays run in parallel. */
export interface Task {
  readonly id: number;
  /** Which shared buffer to write to. */
  readonly slot: number;
  readonly epoch: number;
  readonly batch: number;
  /** Images in the batch: the stride between views of one image. */
  readonly batchSize: number;
  /** Rows of the batch to fill. */
  readonly rows: readonly number[];
  /** Positions in the training subset; the cache's keys. */
  readonly positions: readonly number[];
  /** The samples whose random keys are used; a replacement keeps the key of the sample it stands in for. */
  readonly keyIds: readonly number[];
  readonly locators: readonly Json[];
}

/** An image that could not be read. */
export interface BadRow {
  readonly row: number;
  readonly position: number;
  readonly keyId: number;
  readonly reason: string;
}

/** An image that was decoded from more than 8 bits a channel. */
export interface DeepRow {
  readonly position: number;
  readonly type: string;
  readonly highest?: number;
}

/** What became of a task besides pixels. */
export interface TaskResult {
  readonly bad: readonly BadRow[];
  /** Images that were decoded now; those that were kept are not told again. */
  readonly deep: readonly DeepRow[];
}

/** What a worker is started with: JSON, and one shared word for cancelling. */
export interface WorkerSetup {
  /** URLs of modules whose plugins are needed. */
  readonly modules: readonly string[];
  readonly reader: string;
  readonly augmenter: { readonly name: string; readonly options: Json };
  /** Where views are finished; `device`: crops and parameters are wanted. */
  readonly augmentOn: 'host' | 'device';
  readonly seed: number;
  readonly cacheBytes: number;
  readonly range: PixelRange | null;
}

/** An error's way across threads. */
export interface SentError {
  readonly message: string;
  readonly code?: string;
  readonly next?: string | undefined;
  readonly kind?: 'usage' | 'failure';
  readonly stack?: string | undefined;
}

export type ToWorker =
  | { readonly type: 'slot'; readonly slot: number; readonly buffer: SharedArrayBuffer; readonly batchSize: number }
  | { readonly type: 'task'; readonly task: Task }
  | { readonly type: 'stop' };

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly id: number; readonly result: TaskResult }
  | { readonly type: 'failed'; readonly error: SentError };
