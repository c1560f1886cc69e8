import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { DataPass } from './data-pass.ts';
import type { Forward, Progress } from './forward.ts';
import type { BatchInfo, Embeddings, Encoder, LossResult } from './parts.ts';
import type { NamedBuffer, NamedVariable, State } from './state.ts';

/** All views of one resolution. */
export interface ViewGroup {
  /** Views per image in this group. */
  readonly count: number;
  /** Crop-major [count * B, H, W, C], float32: rows 0..B-1 are view 0, B..2B-1 view 1. */
  readonly pixels: Tensor4D;
}

/** What {@link Method.embed} returns. */
export interface Embedded {
  /** h, one [B, D] per view: what is evaluated. Feeds the online probe through a stop-gradient. */
  readonly features: readonly Tensor2D[];
  readonly embeddings: Embeddings;
}

/**
 * A self-supervised method. Two calls make a step: `embed` is the differentiable forward, `loss` sees embeddings only, so gradient
 * caching fits between them for every method. Neither changes state: what should change goes into `forward.updates`.
 */
export interface Method {
  /** What is evaluated and exported. */
  readonly representation: Encoder;
  variables(): readonly NamedVariable[];
  buffers(): readonly NamedBuffer[];
  /** What is neither variable nor buffer: queues, counters, EMA schedules. */
  state(): State;
  restore(state: State): void;
  dispose(): void;
  beforeEpoch?(progress: Progress, pass: DataPass): Promise<void>;
  beforeStep?(progress: Progress): void;
  afterStep?(progress: Progress): void;
  /** Names of variables that get no gradient in this step. */
  frozen?(progress: Progress): readonly string[];
  embed(views: readonly ViewGroup[], forward: Forward): Embedded;
  loss(embeddings: Embeddings, batch: BatchInfo, forward: Forward): LossResult;
  epochMetrics?(): Readonly<Record<string, number>>;
}
