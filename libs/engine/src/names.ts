import type { Precision } from './precision.ts';

/** The engines, fastest first: the order in which `auto` tries them. */
export const engineNames = ['torch', 'tensorflow', 'wasm', 'cpu'] as const;

/** A tfjs backend that Tessera can run on; also the name under which tfjs knows it. */
export type EngineName = (typeof engineNames)[number];

/** What a person asks for; `auto` is the first engine that loads. */
export type EngineChoice = EngineName | 'auto';

/** Where the torch engine computes: `auto` is the first CUDA device where there is one, else the CPU. The other engines know no devices. */
export type DeviceChoice = 'auto' | 'cpu' | 'cuda' | `cuda:${number}`;

/** The engine that runs. tfjs has one current backend per process, so the last one opened is the one in force. */
export interface Engine {
  readonly name: EngineName;
  /** What it computes with, in words: a library and its version, a device. */
  readonly detail: string;
  /** `cpu` or `cuda:0`. The tensorflow engine chooses for itself and does not say. */
  readonly device: string;
  /** Precisions that {@link withPrecision} can switch between; the first is the default. */
  readonly precisions: readonly Precision[];
  /** Why no faster engine was taken and how to get one, one line each; empty unless `auto` fell back. */
  readonly why: readonly string[];
}

/** Settings of {@link openEngine}. */
export interface EngineOptions {
  /** Threads for one operation; default: as many as the machine has cores. The wasm and cpu engines always use one. */
  readonly threads?: number;
  /** Default: `auto`. One that names CUDA leaves only the torch engine. */
  readonly device?: DeviceChoice;
  /** Float32 products and convolutions in TensorFloat-32 (10 bits of mantissa) on CUDA. Default: false. */
  readonly tf32?: boolean;
  /** Receives one line for each thing a person may want to know (which engine, why not a faster one). Default: silence. */
  readonly log?: (line: string) => void;
}

/** One engine's state on this machine; see {@link inspectEngines}. */
export interface EngineReport {
  readonly name: EngineName;
  readonly available: boolean;
  /** Version and device where it is available, else what is missing. */
  readonly detail: string;
  /** What to do to get it; absent where it is available. */
  readonly remedy?: string;
  /** GPUs that it can use; the torch engine only. */
  readonly devices?: readonly EngineDevice[];
}

/** A GPU. */
export interface EngineDevice {
  /** What to choose it by: `cuda:0`. */
  readonly id: string;
  readonly name: string;
  /** All of its memory, of 2^30 bytes; 0 where the driver does not say. */
  readonly memoryGB: number;
}

/** What an engine's loader hands back: registered with tfjs, not yet current. */
export interface LoadedEngine {
  readonly detail: string;
  readonly precisions: readonly Precision[];
  /** Default: the CPU. */
  readonly device?: string;
  readonly devices?: readonly EngineDevice[];
}
