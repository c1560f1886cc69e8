import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { COUNT, POSITIVE, requireNumbers, singleProcess, type Collective } from '@tessera/core';
import { detached, logSumExp } from '@tessera/engine';

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
 * sample's row to sum 1 / B; times B at the end. So rows sum to 1 exactly, columns to B / K only in the limit. Here on logarithms, and what
 * cancels is taken off before the division by epsilon: nothing overflows whatever the scores (exp(1 / 0.05) does in float16, 1e38 / 0.05 in
 * float32), no prototype underflows to 0 / 0, and the constants, which cancel, are left out.
 * @param scores_BK similarity of samples (this rank's) to prototypes, any finite numbers
 * @returns [B, K], rows sum to 1, without gradient
 * @throws TesseraError `E_OPTION_INVALID` on an epsilon that is not above 0, or iterations that are no count
 */
export function sinkhorn(scores_BK: Tensor2D, options: SinkhornOptions): Tensor2D {
  checkSinkhorn('sinkhorn', options);
  const { iterations, collective = singleProcess } = options;
  return detached(() => {
    const { log_BK, offset_B1 } = scaledScores(scores_BK, options.epsilon, collective);
    let scaled_BK = tf.sub<Tensor2D>(log_BK, overRanks(logSumExp(tf.add(log_BK, offset_B1), 0, true), collective));
    scaled_BK = tf.sub(scaled_BK, logSumExp(scaled_BK, 1, true));
    for (let round = 1; round < iterations; round++) {
      scaled_BK = tf.sub(scaled_BK, overRanks(logSumExp(scaled_BK, 0, true), collective));
      scaled_BK = tf.sub(scaled_BK, logSumExp(scaled_BK, 1, true));
    }
    return tf.exp(scaled_BK);
  });
}

/** @throws TesseraError `E_OPTION_INVALID`, in the name of the function that was called */
export function checkSinkhorn(where: string, { epsilon, iterations }: SinkhornOptions): void {
  requireNumbers(where, { epsilon }, POSITIVE);
  requireNumbers(where, { iterations }, COUNT);
}

/**
 * scores / epsilon = log + offset + a constant a column, which the first scaling of columns takes off. Both are at most 0, every column of
 * their sum and every row of `log` has a 0, and what is too small for float32 is -Infinity, which counts as nothing. The offset, a
 * constant a row, weighs samples in the first column sums only.
 */
function scaledScores(
  scores_BK: Tensor2D,
  epsilon: number,
  collective: Collective,
): { readonly log_BK: Tensor2D; readonly offset_B1: Tensor2D } {
  // A quarter, exactly, so that differences of the largest numbers are numbers.
  const quarter_BK = tf.mul<Tensor2D>(scores_BK, 0.25);
  const own_1K = tf.max(quarter_BK, 0, true);
  const most_1K = collective.worldSize === 1 ? own_1K : tf.max(collective.allGather(own_1K), 0, true);
  const below_BK = tf.sub<Tensor2D>(quarter_BK, most_1K);
  const offset_B1 = tf.max<Tensor2D>(below_BK, 1, true);
  const divide = (x: Tensor2D): Tensor2D => tf.div(x, 0.25 * epsilon);
  return { log_BK: divide(tf.sub(below_BK, offset_B1)), offset_B1: divide(offset_B1) };
}

/** Sums of all ranks, from each rank's logarithm of a sum; on logarithms too, so K numbers a rank are gathered instead of added. */
function overRanks(log_1K: Tensor, collective: Collective): Tensor {
  return collective.worldSize === 1 ? log_1K : logSumExp(collective.allGather(log_1K), 0, true);
}
