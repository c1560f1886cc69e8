import type { JsonObject } from '../json.ts';

/** Scalars by name, already on the host. */
export type Metrics = Readonly<Record<string, number>>;

/** What preparing images may hold in memory at most, in bytes; none of it grows with the length of a run. */
export interface DataMemory {
  /** Worker threads; 0: the main thread. */
  readonly workers: number;
  /** Batches that are held at a time, and their bytes. */
  readonly batches: number;
  readonly bufferBytes: number;
  /** Small images that are kept decoded. */
  readonly cacheBytes: number;
  /** JavaScript heap that the workers may have besides. */
  readonly heapBytes: number;
  /** Images that are being decoded, were each as large as an image may be. */
  readonly decodeBytes: number;
}

/**
 * Everything a run tells, by type. A package adds its own by augmentation:
 * @example declare module '@tessera/core' { interface EventTypes { 'my-event': { readonly value: number } } }
 */
export interface EventTypes {
  'run-started': {
    readonly time: number;
    readonly runDirectory: string;
    readonly engine: string;
    /** `cpu` or `cuda:0`; absent in what older versions wrote. */
    readonly device?: string;
    readonly precision: string;
    /** Where the ops after the crop are computed, and why there; absent in what older versions wrote. */
    readonly augmentation?: { readonly on: 'host' | 'device'; readonly why: string };
    readonly method: string;
    readonly images: number;
    /**
     * Where these are not all images of the source: how many it has, the settings that left some out (`data.every=5`), and those that use
     * all but the held-out ones (`data.every=1`).
     */
    readonly subset?: { readonly of: number; readonly by: readonly string[]; readonly all: readonly string[] };
    readonly parameters: number;
    readonly stepsPerEpoch: number;
    readonly totalSteps: number;
    readonly firstStep: number;
    /** How images are prepared, and what that may hold in memory; absent in what older versions wrote. */
    readonly data?: DataMemory;
  };
  step: {
    readonly step: number;
    readonly epoch: number;
    readonly loss: number;
    readonly learningRate: number;
    readonly metrics: Metrics;
    /** Wall time of the step, waiting for data included. */
    readonly seconds: number;
    /** The part of `seconds` spent waiting for the loader. */
    readonly dataSeconds: number;
    /** Images (not views) in the batch. */
    readonly images: number;
  };
  epoch: {
    readonly epoch: number;
    /** Mean over the epoch's steps. */
    readonly loss: number;
    readonly metrics: Metrics;
    readonly seconds: number;
    /** The part of `seconds` that steps spent waiting for the loader; absent in what older versions wrote. */
    readonly dataSeconds?: number;
    readonly imagesPerSecond: number;
  };
  evaluation: {
    readonly name: string;
    readonly epoch: number;
    readonly metrics: Metrics;
    /** How the score was made, in words: every score carries its protocol. */
    readonly protocol: string;
    readonly seconds: number;
  };
  checkpoint: { readonly step: number; readonly path: string };
  warning: { readonly code: string; readonly message: string; readonly details?: JsonObject };
  'run-ended': {
    readonly time: number;
    readonly reason: 'finished' | 'interrupted' | 'failed';
    readonly step: number;
    readonly seconds: number;
    readonly summary: Metrics;
  };
}

export type EventType = keyof EventTypes;
type Events = { readonly [K in EventType]: { readonly type: K } & EventTypes[K] };
/** One union on `type`; immutable; events observe and never steer. Times are seconds since the epoch (Unix). */
export type TesseraEvent = Events[EventType];
export type EventOf<T extends EventType> = Extract<TesseraEvent, { readonly type: T }>;
