import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Collective, ContextOf, Objective } from '@tessera/core';
import { l2Normalize } from '@tessera/engine';
import { CollapseWatch } from '../shared/collapse-watch.ts';
import { contrastiveCollapse, type KnownLoss } from './contrastive-collapse.ts';
import { contrastiveMetrics } from './contrastive-metrics.ts';
import { embeddingSpread } from '../shared/embedding-spread.ts';
import type { PairLoss } from './nt-xent-pair.ts';
import { imagesPerView } from './pair-masks.ts';

/** What tells one contrastive objective from another. */
export interface ContrastiveLoss {
  /** @param u_RD view-major [V * N, D], normalised already where `normalize` says so */
  readonly loss: (u_RD: Tensor2D, views: number, collective: Collective) => PairLoss;
  readonly normalize: boolean;
  /** Of the distribution whose entropy is told; undefined: the loss has none, and no entropy is told. */
  readonly temperature?: number;
  /** The loss when all embeddings are alike, and how a message calls it; undefined where it tells nothing. */
  readonly collapse?: KnownLoss;
  /** The least mean loss when an image's views are no more alike than other images are; default: that of a collapse. */
  readonly uninformed?: number;
}

/** The frame around a contrastive formula: one matrix of all views, metrics, and a warning when the run collapses. */
export function contrastiveObjective(
  { loss: lossOf, normalize, temperature, collapse, uninformed }: ContrastiveLoss,
  context: ContextOf['objective'],
): Objective {
  const { batchSize: images, collective } = context;
  const ownImages = images / collective.worldSize;
  const watch = new CollapseWatch(
    context,
    contrastiveCollapse({ images, ownImages, collapse, uninformed, temperature, normalize }),
  );
  return {
    variables: () => [],
    state: () => watch.state(),
    restore: (state) => {
      watch.restore(state);
    },
    loss: ({ online: views = [] }, _batch, { collective, updates, progress }) => {
      const z_RD = tf.concat([...views]);
      const u_RD = normalize ? l2Normalize(z_RD) : z_RD;
      const { loss, metrics } = lossOf(u_RD, views.length, collective);
      const { contrastiveAccuracy, contrastiveEntropy } =
        metrics ?? contrastiveMetrics(u_RD, imagesPerView(u_RD, views.length), temperature ?? 1, collective);
      watch.count({ loss, accuracy: contrastiveAccuracy, spread: embeddingSpread(u_RD) }, progress, updates);
      return {
        loss,
        metrics: { contrastiveAccuracy, ...(temperature !== undefined && { contrastiveEntropy }) },
      };
    },
    dispose: () => {
      watch.dispose();
    },
  };
}

/** V of an augmenter's views. */
export function countViews(views: ContextOf['objective']['views']): number {
  return views.reduce((sum, { count }) => sum + count, 0);
}
