/**
 * DeepCluster-v2's objective (https://arxiv.org/abs/2006.09882, section 4.1 and appendix; facebookresearch/swav main_deepclusterv2.py):
 * before every epoch the images are clustered, then every crop predicts the cluster of its image. The centroids are the classifiers
 * and get no gradient, as in the reference's default. It differs in where the clustered embeddings come from: a pass over the data in
 * evaluation mode, not the last epoch's crops.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import {
  defineObjective,
  doubts,
  fold,
  stream,
  TesseraError,
  type BatchInfo,
  type ContextOf,
  type Embeddings,
  type DataPass,
  type Forward,
  type LossResult,
  type NamedVariable,
  type Objective,
  type Progress,
  type State,
} from '@tessera/core';
import { l2Normalize } from '@tessera/engine';
import { meanOverRanks, temperatureDoubt } from '@tessera/losses';
import { Assignments } from './assignments.ts';
import { clusterLoss } from './cluster-loss.ts';
import { deepClusterOptions, type DeepClusterOptions } from './options.ts';
import { sphericalKMeans } from './spherical-k-means.ts';

/** One clustering: its centroids [K, D] and who belongs to whom. */
interface Head {
  centroids_KD: Tensor2D;
  readonly assignments: Assignments;
}

/** Owns the centroids and the assignments; both are saved, so that a run resumed in the middle of an epoch has its targets. */
export class DeepClusterObjective implements Objective {
  readonly #options: DeepClusterOptions;
  readonly #context: ContextOf['objective'];
  readonly #heads: readonly Head[];

  constructor(options: DeepClusterOptions, context: ContextOf['objective']) {
    this.#options = options;
    this.#context = context;
    this.#heads = options.clusters.map((clusters) => ({
      centroids_KD: tf.keep(tf.zeros([clusters, context.inDim])),
      assignments: new Assignments(),
    }));
  }

  variables(): readonly NamedVariable[] {
    return [];
  }

  state(): State {
    const { scope } = this.#context;
    return {
      tensors: Object.fromEntries(
        this.#heads.flatMap(({ centroids_KD, assignments }, i): [string, tf.Tensor][] => [
          [`${scope}/centroids.${i}`, centroids_KD],
          [`${scope}/assignments.${i}`, assignments.tensor],
        ]),
      ),
      json: null,
    };
  }

  restore({ tensors }: State): void {
    const { scope } = this.#context;
    const own = Object.keys(this.state().tensors);
    const stray = Object.keys(tensors).find((name) => !own.includes(name));
    if (stray !== undefined) {
      throw new TesseraError({
        code: 'E_STATE_MISMATCH',
        message: `the saved state of the objective deepcluster-v2 has '${stray}', which ${String(this.#heads.length)} clustering(s) do not have`,
        next: 'Restore with the configuration that the state was saved with.',
      });
    }
    const saved = this.#heads.map(({ centroids_KD }, i) => {
      const centroids = tensors[`${scope}/centroids.${i}`];
      const assignments = tensors[`${scope}/assignments.${i}`];
      if (!centroids || !tf.util.arraysEqual(centroids.shape, centroids_KD.shape) || assignments?.rank !== 1) {
        throw new TesseraError({
          code: 'E_STATE_MISMATCH',
          message: `the saved state of the objective deepcluster-v2 has no clustering ${i} of shape [${centroids_KD.shape.join(', ')}]`,
          next: 'Restore with the configuration that the state was saved with.',
        });
      }
      return { centroids: centroids as Tensor2D, assignments: assignments as Tensor1D };
    });
    this.#heads.forEach((head, i) => {
      const clustering = saved[i];
      if (!clustering) return;
      head.centroids_KD.dispose();
      head.centroids_KD = tf.keep(tf.clone(clustering.centroids));
      head.assignments.restore(clustering.assignments);
    });
  }

  /** Clusters the embeddings of the whole data set, once for each number of clusters. */
  async beforeEpoch({ epoch }: Progress, pass: DataPass): Promise<void> {
    const parts: Tensor2D[] = [];
    const ids: number[] = [];
    try {
      await pass((z_BD, sampleIds) => {
        parts.push(tf.tidy(() => l2Normalize(z_BD)));
        for (const id of sampleIds) ids.push(id); // spread, a large visit would overflow the stack
      });
      const z_ND = tf.concat(parts);
      try {
        this.#heads.forEach((head, i) => {
          const random = stream(fold(this.#context.key, 'clusters', epoch, i));
          const { centroids_KD, assignments_N } = sphericalKMeans(
            z_ND,
            head.centroids_KD.shape[0],
            this.#options.iterations,
            random,
          );
          head.assignments.set(Int32Array.from(ids), assignments_N.dataSync());
          tf.dispose([assignments_N, head.centroids_KD]);
          head.centroids_KD = tf.keep(centroids_KD);
        });
      } finally {
        z_ND.dispose();
      }
    } finally {
      tf.dispose(parts);
    }
  }

  loss({ online: views = [] }: Embeddings, _batch: BatchInfo, { collective, sampleIds }: Forward): LossResult {
    const losses = this.#heads.map(({ centroids_KD, assignments }) =>
      clusterLoss(views, centroids_KD, assignments.of(sampleIds), this.#options.temperature),
    );
    return { loss: meanOverRanks(tf.mean(tf.stack(losses)), collective), metrics: {} };
  }

  /** clusterUsageEntropy: entropy of the assignments over ln K, mean of the clusterings; 0 when all images are in one cluster. */
  epochMetrics(): Readonly<Record<string, number>> {
    const entropies = this.#heads.map(({ centroids_KD, assignments }) =>
      usageEntropy(assignments.byId, centroids_KD.shape[0]),
    );
    return { clusterUsageEntropy: entropies.reduce((sum, entropy) => sum + entropy, 0) / entropies.length };
  }

  dispose(): void {
    for (const { centroids_KD, assignments } of this.#heads) {
      centroids_KD.dispose();
      assignments.dispose();
    }
  }
}

function usageEntropy(assignments: Int32Array, clusters: number): number {
  const counts = new Float64Array(clusters);
  for (const cluster of assignments) if (cluster >= 0) counts[cluster] = (counts[cluster] ?? 0) + 1;
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 0;
  const entropy = counts.reduce(
    (sum, count) => (count === 0 ? sum : sum - (count / total) * Math.log(count / total)),
    0,
  );
  return entropy / Math.log(clusters);
}

/** The `deepcluster-v2` objective. */
export const deepClusterObjective = defineObjective({
  name: 'deepcluster-v2',
  summary: 'Predicts the cluster of the image, from a k-means clustering of the data set before every epoch.',
  options: deepClusterOptions,
  // Batch norm over crops of one image takes away what tells it from the others.
  needs: { images: 2 },
  check: ({ clusters, temperature }, { images }) => {
    const most = Math.max(...clusters);
    return doubts(
      images !== undefined &&
        most > images && {
          code: 'W_CLUSTERS',
          message: `${String(most)} clusters of ${String(images)} images: the run will stop at its first clustering, which has at most one an image`,
        },
      temperatureDoubt(temperature),
    );
  },
  methods: ['deepcluster-v2'],
  create: (options, context) => new DeepClusterObjective(options, context),
});
