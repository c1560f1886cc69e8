import type { ViewSpec } from '@tessera/core';
import type { LoaderMemory } from './memory.ts';

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
