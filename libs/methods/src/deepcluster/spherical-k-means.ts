/**
 * Spherical k-means (facebookresearch/swav main_deepclusterv2.py, `cluster_memory`).
 *
 * Shapes: N samples, D width, K clusters.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { COUNT, requireNumbers, TesseraError, type RandomStream } from '@tessera/core';
import { l2Normalize } from '@tessera/engine';

/** Scores of so many samples are held at once: 64 MB for 3000 clusters. */
const CHUNK = 5000;

export interface Clustering {
  /** Unit vectors. */
  readonly centroids_KD: Tensor2D;
  /** Cluster of each sample, int32. */
  readonly assignments_N: Tensor1D;
}

/**
 * Clusters unit vectors by cosine. The first centroids are K different samples; then `iterations` times: every sample goes to its most
 * similar centroid, every centroid becomes the normalised mean of its samples. A centroid without samples stays where it is.
 * @param z_ND rows of length 1
 * @returns two tensors that the caller disposes
 * @throws TesseraError `E_CLUSTERS_TOO_MANY` when K > N; `E_OPTION_INVALID` on clusters or iterations that are no counts
 */
export function sphericalKMeans(
  z_ND: Tensor2D,
  clusters: number,
  iterations: number,
  random: RandomStream,
): Clustering {
  requireNumbers('sphericalKMeans', { clusters, iterations }, COUNT);
  const [samples] = z_ND.shape;
  if (clusters > samples) {
    throw new TesseraError({
      code: 'E_CLUSTERS_TOO_MANY',
      message: `${String(clusters)} clusters were asked of ${String(samples)} images; expected at most one cluster an image`,
      next: 'Lower objective.options.clusters, or take more images.',
    });
  }
  const [centroids_KD, assignments_N] = tf.tidy(() => {
    const first = Array.from(random.permutation(samples).subarray(0, clusters));
    let centroids: Tensor2D = tf.gather(z_ND, tf.tensor1d(first, 'int32'));
    for (let i = 0; i < iterations; i++) {
      const previous = centroids;
      centroids = tf.tidy(() => moved(z_ND, assign(z_ND, previous), previous));
      previous.dispose();
    }
    return [centroids, assign(z_ND, centroids)] as const;
  });
  return { centroids_KD, assignments_N };
}

function assign(z_ND: Tensor2D, centroids_KD: Tensor2D): Tensor1D {
  const [samples, width] = z_ND.shape;
  return tf.tidy(() => {
    const parts: Tensor1D[] = [];
    for (let from = 0; from < samples; from += CHUNK) {
      const count = Math.min(CHUNK, samples - from);
      parts.push(
        tf.tidy(() => {
          const chunk = tf.slice(z_ND, [from, 0], [count, width]);
          return tf.argMax<Tensor1D>(tf.matMul(chunk, centroids_KD, false, true), 1);
        }),
      );
    }
    return tf.concat(parts);
  });
}

function moved(z_ND: Tensor2D, assignments_N: Tensor1D, centroids_KD: Tensor2D): Tensor2D {
  const clusters = centroids_KD.shape[0];
  const sums_KD: Tensor2D = tf.unsortedSegmentSum(z_ND, assignments_N, clusters);
  const counts_K = tf.unsortedSegmentSum(tf.onesLike(assignments_N), assignments_N, clusters);
  const filled_K1 = tf.expandDims(tf.greater(counts_K, 0), 1);
  return l2Normalize(tf.where(filled_K1, sums_KD, centroids_KD));
}
