/**
 * The parts a method is composed of. Shape legend: B images in the batch, V views per image, H W C pixels, D feature width,
 * K prototypes. Every part owns its variables and frees them in `dispose()`.
 */
import type { NamedTensorMap, Scalar, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
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

/** An encoder that also gives what it knows of each patch: a ViT. Masked autoencoders and DINO-like methods read it. */
export interface TokenEncoder extends Encoder {
  /** Patches of an image of the given height and width, T without the class token; row-major. @throws TesseraError where they do not divide it */
  tokensOf(height: number, width: number): number;
  /** Tokens before the patches in {@link tokens}: 1 for a class token, else 0. */
  readonly prefixTokens: number;
  /**
   * [B, H, W, C] -> [B, prefixTokens + T, D], after the last block and the final norm.
   * @param keep_BT int32 positions in 0..T-1 of the patches that go in, in that order, [B, T']; default: all. Position embeddings go with them
   */
  tokens(x_BHWC: Tensor4D, forward: Forward, keep_BT?: Tensor2D): Tensor3D;
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

/**
 * Embeddings by role: `{ online: [z0, z1] }` of SimCLR and SwAV, `online` and `target` of BYOL, `query` and `key` of MoCo, `student` and `teacher`
 * of DINO. One [B, D] per view, float32 when an objective sees them, not normalised.
 */
export type Embeddings<R extends string = string> = string extends R
  ? Readonly<Record<string, readonly Tensor2D[]>>
  : { readonly [N in R]?: readonly Tensor2D[] };

/** What the loss is told about the batch beside its embeddings; which images and which step they are is in {@link Forward}. */
export interface BatchInfo {
  /** Class of each image, [B], where the data set has classes. Self-supervised losses ignore it. */
  readonly labels?: Int32Array;
}

/** Metrics are scalars, or plain numbers where no tensor is needed. The trainer disposes the tensors. */
export interface LossResult {
  /** Mean over the global batch, the same on every rank. */
  readonly loss: Scalar;
  readonly metrics: Readonly<Record<string, Scalar | number>>;
}

/** A training criterion. Stateless ones are a pure function; SwAV's owns prototypes and a queue. `R`: the roles that it takes. */
export interface Objective<R extends string = string> {
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
  /** After the optimizer's update and the commit of the step's other changes. */
  afterStep?(progress: Progress): void;
  /** Names of variables that get no gradient in this step. */
  frozen?(progress: Progress): readonly string[];
  /** @param embeddings of the roles that the extension's `needs` name, `online` where it names none */
  loss(embeddings: Embeddings<R>, batch: BatchInfo, forward: Forward): LossResult;
  /** What only a whole epoch can tell (prototype usage); resets the accumulation. */
  epochMetrics?(): Readonly<Record<string, number>>;
  dispose(): void;
}

/** Applies gradients. Slots are keyed by variable name; a variable absent from the gradients is left alone entirely. */
export interface Optimizer {
  /** @param grads by variable name; the caller disposes them */
  update(grads: NamedTensorMap, now: Rates): void;
  state(): State;
  restore(state: State): void;
  dispose(): void;
}

/** What a schedule decides for a step. */
export interface Rates {
  readonly learningRate: number;
  /** The peak after scaling by batch size: what a group of constant rate keeps (SimSiam's predictor). */
  readonly baseLearningRate?: number;
  /** Replaces the optimizer's own weight decay wherever that is not 0 (DINO's rises from 0.04 to 0.4); undefined: as the options say. */
  readonly weightDecay?: number;
}

/** The rates of a step (counted from 0). Pure. */
export type Schedule = (step: number) => Rates;
