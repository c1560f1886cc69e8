import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Collective, ContextOf, Objective } from '@tessera/core';
import { CollapseWatch } from './collapse-watch.ts';
import { contrastiveMetrics } from './contrastive-metrics.ts';
import { l2Normalize } from './l2-normalize.ts';
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
  readonly collapse?: { readonly value: number; readonly formula: string };
}

/** The frame around a contrastive formula: one matrix of all views, metrics, and a warning when an epoch's loss is that of a collapse. */
export function contrastiveObjective(
  { loss: lossOf, normalize, temperature, collapse }: ContrastiveLoss,
  context: ContextOf['objective'],
): Objective {
  const watch = new CollapseWatch(context, collapse?.value, collapse?.formula ?? '');
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
      watch.count(loss, progress, updates);
      const { contrastiveAccuracy, contrastiveEntropy } =
        metrics ?? contrastiveMetrics(u_RD, imagesPerView(u_RD, views.length), temperature ?? 1, collective);
      return {
        loss,
        metrics: { contrastiveAccuracy, ...(temperature !== undefined && { contrastiveEntropy }) },
      };
    },
    epochMetrics: () => {
      watch.endEpoch();
      return {};
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
