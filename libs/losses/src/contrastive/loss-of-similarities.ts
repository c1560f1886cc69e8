import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import type { Collective } from '@tessera/core';
import { float32Op } from '@tessera/engine';
import { meanOverRanks } from '../shared/mean-over-ranks.ts';

/** A loss as a function of similarities, with its derivative. */
export interface LossAndSlope {
  readonly loss: Scalar;
  /** d loss / d similarity, [R, C] */
  readonly slope_RC: Tensor2D;
}

/**
 * A loss of the inner products between this rank's embeddings and those of all ranks, in float32. Its gradient is the slope times the
 * other factor, on either side, so `formula` works on matrices and needs no tape.
 * @param u_RD this rank's embeddings
 * @returns mean over ranks
 */
export function lossOfSimilarities(
  u_RD: Tensor2D,
  collective: Collective,
  formula: (similarity_RC: Tensor2D) => LossAndSlope,
): Scalar {
  const all_CD = collective.allGather(u_RD);
  const loss = float32Op<Scalar>(
    [u_RD, all_CD],
    () => {
      const result = formula(tf.matMul(u_RD, all_CD, false, true));
      return { value: result.loss, saved: [u_RD, all_CD, result.slope_RC] };
    },
    (dy, [u, all, slope_RC]) => {
      if (!u || !all || !slope_RC) throw new Error('lossOfSimilarities: saved tensors are gone');
      const gradient_RC = tf.mul(slope_RC, dy);
      return [tf.matMul(gradient_RC, all), tf.matMul(gradient_RC, u, true, false)];
    },
  );
  return meanOverRanks(loss, collective);
}
