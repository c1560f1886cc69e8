import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { singleProcess, type Collective } from '@tessera/core';
import { detached } from './detached.ts';
import { logSumExp } from './log-sum-exp.ts';

/** Options of {@link sinkhorn}. */
export interface SinkhornOptions {
  /** Entropy regularisation > 0: smaller gives harder codes. */
  readonly epsilon: number;
  /** Rounds of (prototypes, then samples), at least 1. */
  readonly iterations: number;
  /** Samples of all ranks are balanced together. Default: one process. */
  readonly collective?: Collective;
}

/**
 * Codes of a batch: soft assignments of samples to prototypes, balanced so that every prototype takes about as many samples
 * (https://arxiv.org/abs/2006.09882, equation 4 and appendix A; code: facebookresearch/swav main_swav.py `distributed_sinkhorn`).
 *
 * Q starts at exp(scores / epsilon). A round scales each prototype's column to sum 1 / K over the samples of all ranks, then each
 * sample's row to sum 1 / B; times B at the end. So rows sum to 1 exactly, columns to B / K only in the limit. Here on logarithms:
 * nothing overflows whatever the scores (exp(1 / 0.05) does in float16), no prototype underflows to 0 / 0, and the constants, which
 * cancel, are left out.
 * @param scores_BK similarity of samples (this rank's) to prototypes
 * @returns [B, K], rows sum to 1, without gradient
 */
export function sinkhorn(
  scores_BK: Tensor2D,
  { epsilon, iterations, collective = singleProcess }: SinkhornOptions,
): Tensor2D {
  return detached(() => {
    let log_BK = tf.div<Tensor2D>(scores_BK, epsilon);
    for (let round = 0; round < iterations; round++) {
      log_BK = tf.sub(log_BK, overRanks(logSumExp(log_BK, 0, true), collective));
      log_BK = tf.sub(log_BK, logSumExp(log_BK, 1, true));
    }
    return tf.exp(log_BK);
  });
}

/** Sums of all ranks, from each rank's logarithm of a sum; on logarithms too, so K numbers a rank are gathered instead of added. */
function overRanks(log_1K: Tensor, collective: Collective): Tensor {
  return collective.worldSize === 1 ? log_1K : logSumExp(collective.allGather(log_1K), 0, true);
}
