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

/** What an evaluation may ask for. `bank` is the run's own training subset, `queries` the test set; both without augmentation. */
export interface EvaluationContext {
  readonly key: RandomKey;
  readonly bank: () => Promise<FeatureSet>;
  readonly queries: () => Promise<FeatureSet>;
  /** Tells a person what is doubtful about the score; the same thing is told once. */
  readonly warn?: (code: string, message: string) => void;
}

/** A score of the frozen representation, always in float32, with the protocol in words. */
export interface Evaluation {
  readonly protocol: string;
  run(): Promise<Metrics>;
}
