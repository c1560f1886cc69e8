import type { ViewSpec } from '../contracts/data.ts';
import type { RunPartKind } from './extension.ts';
import type { MethodPartKind } from './method-parts.ts';

/** A setting that is likely to be a mistake, or that can never take effect. A run starts nevertheless. */
export interface Doubt {
  /** Stable, upper-case, `W_` first. Third parties prefix theirs. */
  readonly code: string;
  /** What was set, why that is doubtful and what to do instead: one sentence. */
  readonly message: string;
}

/** What is known of a run before it starts. Without the data, what only they can tell is absent. */
export interface RunFacts {
  /** Names of the run's parts: `{ optimizer: 'lars' }`. */
  readonly parts: Readonly<Record<RunPartKind | 'method', string> & Partial<Record<MethodPartKind, string>>>;
  /** Images in a step, over all ranks. */
  readonly batchSize: number;
  /** Of the augmenter, one entry a resolution. */
  readonly views: readonly ViewSpec[];
  /** Passes over the data that the run begins; without the data, those that the recipe asks for. */
  readonly epochs: number;
  /** Training images; without the data, as many as the recipe is limited to, if it is. */
  readonly images?: number;
  /** Classes that the training images have. */
  readonly classes?: number;
  readonly stepsPerEpoch?: number;
  /** Steps of the run; without the data, as many as the recipe is limited to, if it is. */
  readonly totalSteps?: number;
  /** The optimizer's `learningRate`, before any scaling and schedule. */
  readonly learningRate: number;
  /** The largest learning rate of a step; with a schedule that does not reach its peak, that is below the peak. */
  readonly highestLearningRate: number;
}

/** What an objective cannot do without. Checked before the engine starts. */
export interface ObjectiveNeeds {
  /** Images in a step, over all ranks: at least so many. Default 1. */
  readonly images?: number;
  /** Views of an image, of all resolutions together: at least so many. Default 1. */
  readonly views?: number;
  /** The roles of embeddings that it takes; default `online`. A method says in `roles` which it gives. */
  readonly roles?: readonly string[];
  /** The class of every image. */
  readonly labels?: true;
}

/** What a method cannot do without. Checked before the engine starts. */
export type MethodNeeds = Omit<ObjectiveNeeds, 'roles'>;

/** The doubts that hold: `doubts(momentum === 0 && nesterov && { code: 'W_NESTEROV', message: '...' })`. */
export function doubts(...candidates: readonly (Doubt | false | undefined)[]): readonly Doubt[] {
  return candidates.filter((candidate): candidate is Doubt => typeof candidate === 'object');
}
