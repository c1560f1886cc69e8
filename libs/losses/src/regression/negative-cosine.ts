/**
 * The regression losses of BYOL (Grill et al. 2020, https://arxiv.org/abs/2006.07733, equation 2) and SimSiam (Chen and He 2021,
 * https://arxiv.org/abs/2011.10566, equations 1 to 4): a prediction of one view points where the target of another does.
 *
 * Shapes: B images on this rank, D width.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { l2Normalize } from '@tessera/engine';

/** Mean over the batch of the cosine of p_b and z_b. @param p_BD predictions @param z_BD targets; pass constants as such */
export function meanCosine(p_BD: Tensor2D, z_BD: Tensor2D): Scalar {
  return tf.mean<Scalar>(tf.sum(tf.mul(l2Normalize(p_BD), l2Normalize(z_BD)), 1));
}

/** `simsiam`: -cos, mean over pairs of views. `byol`: 2 - 2 cos, summed over both directions: twice the mean over pairs. */
export type CosineReduction = 'simsiam' | 'byol';

/**
 * Every view predicts the targets of the image's other views. Code: facebookresearch/simsiam main_simsiam.py (-(cos(p1, z2) + cos(p2, z1)) / 2);
 * deepmind-research byol/byol_experiment.py and solo-learn byol.py (2 - 2 cos, both directions summed), whose gradients are four times as
 * large. lightly's BYOL has the latter less 4.
 * @param online predictions p, one a view @param targets one a view; with multi-crop fewer: those of the large crops, which come first
 */
export function negativeCosine(
  online: readonly Tensor2D[],
  targets: readonly Tensor2D[],
  reduction: CosineReduction,
): Scalar {
  const cosines = targets.flatMap((z_BD, a) => online.flatMap((p_BD, v) => (v === a ? [] : [meanCosine(p_BD, z_BD)])));
  const mean = tf.div<Scalar>(tf.addN(cosines), cosines.length);
  return reduction === 'simsiam' ? tf.neg(mean) : tf.mul(tf.sub<Scalar>(1, mean), 4);
}
