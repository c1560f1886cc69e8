/**
 * The parts a method is composed of. Shape legend: B images in the batch, V views per image, H W C pixels, D feature width,
 * K prototypes. Every part owns its variables and frees them in `dispose()`.
 */
import type { NamedTensorMap, Scalar, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { DataPass } from './data-pass.ts';
import type { Forward, Progress } from './forward.ts';
import type { NamedBuffer, NamedVariable, State } from './state.ts';

/** Pixels to features. Input values are what the augmenter delivered: [0, 1], or normalised by the encoder's own mean and std. */
export interface Encoder {
  /** D of {@link apply}'s result. */
  readonly featureDim: number;
  variables(): readonly NamedVariable[];
  buffers(): readonly NamedBuffer[];
  /** [B, H, W, C] -> [B, D] */
  apply(x_BHWC: Tensor4D, forward: Forward): Tensor2D;
  dispose(): void;
}

/** Features to the space where the objective is taken. */
export interface Head {
  readonly outDim: number;
  variables(): readonly NamedVariable[];
  buffers(): readonly NamedBuffer[];
  /** [B, D] -> [B, outDim]. @param upToLayer stop after this many layers (SimCLRv2's fine-tuning); default all */
  apply(h_BD: Tensor2D, forward: Forward, upToLayer?: number): Tensor2D;
  dispose(): void;
}

/** What the loss is told about the batch beside its embeddings. */
export interface BatchInfo {
  readonly progress: Progress;
  /** Position of each image in the data set, [B]. */
  readonly sampleIds: Int32Array;
  /** Class of each image, [B], where the data set has classes. Self-supervised losses ignore it. */
  readonly labels?: Int32Array;
}

/** Metrics are scalars, or plain numbers where no tensor is needed. The trainer disposes the tensors. */
export interface LossResult {
  /** Mean over the global batch, the same on every rank. */
  readonly loss: Scalar;
  readonly metrics: Readonly<Record<string, Scalar | number>>;
}

/** A training criterion. Stateless ones are a pure function; SwAV's owns prototypes and a queue. */
export interface Objective {
  variables(): readonly NamedVariable[];
  state(): State;
  restore(state: State): void;
  /**
   * Before the first step of an epoch. DeepCluster-v2 clusters the data here.
   * @param pass the training images in evaluation mode: one embedding [B, D] an image, batch by batch, with their ids
   */
  beforeEpoch?(progress: Progress, pass: DataPass): Promise<void>;
  /** Before the forward pass: SwAV normalises its prototypes here. */
  beforeStep?(progress: Progress): void;
  /** After the optimizer's step and the committed updates. */
  afterStep?(progress: Progress): void;
  /** Names of variables that get no gradient in this step. */
  frozen?(progress: Progress): readonly string[];
  /** @param z one [B, D] per view, float32, not normalised */
  loss(z: readonly Tensor2D[], batch: BatchInfo, forward: Forward): LossResult;
  /** What only a whole epoch can tell (prototype usage); resets the accumulation. */
  epochMetrics?(): Readonly<Record<string, number>>;
  dispose(): void;
}

/** Applies gradients. Slots are keyed by variable name; a variable absent from the gradients is left alone entirely. */
export interface Optimizer {
  /** @param grads by variable name; the caller disposes them */
  update(grads: NamedTensorMap, learningRate: number): void;
  state(): State;
  restore(state: State): void;
  dispose(): void;
}

/** Learning rate of a step (counted from 0). Pure. */
export type Schedule = (step: number) => number;
