import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Metrics } from '../events/events.ts';
import type { RandomKey } from '../random/key.ts';

/** Frozen features of a data set, in its order. Owned by whoever asked for them. */
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

/** What an evaluation may ask for. An evaluation that says `needsLabels: false` may ask for `views` only. */
export interface EvaluationContext {
  readonly key: RandomKey;
  /** The run's own training subset, without augmentation. @throws TesseraError `E_DATA_UNLABELLED` */
  readonly bank: () => Promise<FeatureSet>;
  /** The test set, without augmentation. @throws TesseraError `E_DATA_UNLABELLED`, `E_NO_TEST_IMAGES` */
  readonly queries: () => Promise<FeatureSet>;
  /** Tells a person what is doubtful about the score; the same thing is told once. */
  readonly warn?: (code: string, message: string) => void;
  /**
   * Views by the run's own augmenter, one set a draw: of test images, labelled or not; of the training subset where the run has no two
   * test images.
   */
  readonly views: (request: ViewRequest) => AsyncIterable<ViewFeatures>;
}

/** A score of the frozen representation, always in float32, with the protocol in words. */
export interface Evaluation {
  readonly protocol: string;
  run(): Promise<Metrics>;
}
