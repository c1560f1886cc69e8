import { PIXEL_LIMIT } from '../decode/decode.ts';
import { batchBytes } from './batch-buffer.ts';
import type { Plane } from './planes.ts';
import { IN_FLIGHT } from './sample-maker.ts';
import { WORKER_HEAP_MEGABYTES } from './worker-crew.ts';

/** What a loader holds at most, beside the index of its data set. Nothing here grows with the length of a run. */
export interface LoaderMemory {
  /** Worker threads; 0: the main thread. */
  readonly workers: number;
  /** Shared batch buffers: those prepared ahead, and the one in use. */
  readonly batches: number;
  /** Bytes of all of them. */
  readonly bufferBytes: number;
  /** Bytes of decoded small images, over all workers. */
  readonly cacheBytes: number;
  /** Bytes of JavaScript heap that the workers may have besides: one that wants more ends with an error. */
  readonly heapBytes: number;
  /** Bytes of images that are being decoded, were every one of them as large as an image may be. */
  readonly decodeBytes: number;
}

/** See {@link LoaderMemory}. */
export function loaderMemory({
  planes,
  batchSize,
  prefetch,
  cacheMegabytes,
  workers,
}: {
  readonly planes: readonly Plane[];
  readonly batchSize: number;
  readonly prefetch: number;
  readonly cacheMegabytes: number;
  readonly workers: number;
}): LoaderMemory {
  const batches = Math.max(1, prefetch) + 1;
  return {
    workers,
    batches,
    bufferBytes: batches * batchBytes(planes, batchSize),
    cacheBytes: cacheMegabytes * 2 ** 20,
    heapBytes: workers * WORKER_HEAP_MEGABYTES * 2 ** 20,
    decodeBytes: Math.max(1, workers) * IN_FLIGHT * PIXEL_LIMIT * 3,
  };
}
