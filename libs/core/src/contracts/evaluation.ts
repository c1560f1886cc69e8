import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Metrics } from '../events/events.ts';
import type { PartChoice } from '../plugins/method-parts.ts';
import type { RandomKey } from '../random/key.ts';
import type { Method, ViewGroup } from './method.ts';
import type { Encoder, Head, Objective } from './parts.ts';

/** Frozen features of images, in their order. They are the context's: kept while the evaluations of one moment run, so that several share them. */
export interface FeatureSet {
  /** [N, D] float32 */
  readonly features_ND: Tensor2D;
  /** [N] */
  readonly labels: Int32Array;
  readonly classes: number;
}

/** Frozen features of two augmented views of the same images. Owned by whoever asked for them. */
export interface ViewFeatures {
  /** [N, D] float32 each; row i of both is a view of image i. */
  readonly first_ND: Tensor2D;
  readonly second_ND: Tensor2D;
  /** False where these are images that the run trains on, for want of others. */
  readonly heldOut: boolean;
}

/** Which views of how many images: {@link EvaluationContext.views}. */
export interface ViewRequest {
  /** At most so many images, evenly spread; 2 or more. */
  readonly images: number;
  /** How often two views of each are drawn, 1 or more. The n-th draw of a run is always the same, and never one of training. */
  readonly draws: number;
}

/** The labelled images of a run: `train` its own training subset, `test` its test images, which are never trained on. */
export type LabelledSplit = 'train' | 'test';

/** Labelled images as an augmenter makes them: {@link EvaluationContext.batches}. */
export interface BatchRequest {
  readonly split: LabelledSplit;
  /** Default: the whole image, scaled to the size of the run's largest views. */
  readonly augmenter?: PartChoice;
  /** Images, 1 or more; the last batch may have fewer. Default 256. */
  readonly batchSize?: number;
  /** Of the augmenter's draws: the n-th epoch is always the same. Default 0. */
  readonly epoch?: number;
}

/** One batch; its pixels live until the next is asked for. */
export interface LabelledBatch {
  readonly views: readonly ViewGroup[];
  /** Class of each image, [B]. */
  readonly labels: Int32Array;
}

/** Training inside an evaluation: a linear classifier on augmented images, a fine-tuned copy of the encoder. By the trainer's own loop, in float32. */
export interface EvaluationTraining {
  /** What learns, from views and labels; the caller disposes it. `composeMethod` of @tessera/engine makes one of a copied encoder, a head and an objective. */
  readonly method: Method;
  readonly augmenter: PartChoice;
  readonly optimizer: PartChoice;
  readonly schedule: PartChoice;
  /** Images of a step, at most those of the split `train`, which is what is trained on. */
  readonly batchSize: number;
  readonly epochs: number;
  /** After each epoch, with its mean loss: measure, and keep what is best. */
  readonly afterEpoch?: (epochsDone: number, loss: number) => void | Promise<void>;
}

/** What an evaluation may ask for. An evaluation that says `needsLabels: false` may ask for `views` only. */
export interface EvaluationContext {
  readonly key: RandomKey;
  /** Classes of the labelled images; absent where there are none. */
  readonly classes?: number;
  /** What is measured: frozen, shared by all evaluations, and the run's own. */
  readonly encoder: Encoder;
  /** A fresh copy of it, to train; the caller disposes it. @param scope first part of its variables' names, default `encoder` */
  readonly copyEncoder: (scope?: string) => Encoder;
  /** A new part to train, as recipes name them; the caller disposes it. */
  readonly head: (choice: PartChoice, context: { readonly inDim: number; readonly scope?: string }) => Head;
  readonly objective: (choice: PartChoice, context: { readonly inDim: number; readonly scope?: string }) => Objective;
  /**
   * Features of all labelled images of a split, by the first view of an augmenter (default: the whole image, without augmentation). Computed once for
   * all evaluations of one moment.
   * @throws TesseraError `E_DATA_UNLABELLED`, `E_NO_TEST_IMAGES`
   */
  readonly features: (split: LabelledSplit, augmenter?: PartChoice) => Promise<FeatureSet>;
  /** Labelled images, batch by batch, in order. @throws TesseraError as {@link features} */
  readonly batches: (request: BatchRequest) => AsyncIterable<LabelledBatch>;
  /** Trains on the split `train`, shuffled. @returns the mean loss of each epoch. @throws TesseraError as {@link features} */
  readonly train: (request: EvaluationTraining) => Promise<readonly number[]>;
  /**
   * Views by the run's own augmenter, one set a draw: of test images, labelled or not; of the training subset where the run has no two
   * test images.
   */
  readonly views: (request: ViewRequest) => AsyncIterable<ViewFeatures>;
  /** Tells a person what is doubtful about the score; the same thing is told once. */
  readonly warn?: (code: string, message: string) => void;
}

/** A score of the frozen representation, always in float32, with the protocol in words. */
export interface Evaluation {
  readonly protocol: string;
  run(): Promise<Metrics>;
}
