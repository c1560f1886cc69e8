/**
 * Images as patches and back (facebookresearch/mae models_mae.py `patchify`, `unpatchify`, `forward_loss`).
 *
 * Shapes: B images, H W pixels a side, C channels, T patches, row by row, P = side * side * C numbers of a patch, pixel by pixel.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Rank, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';

/** Added to a patch's variance before the root, as in the reference code. */
const EPSILON = 1e-6;

/** [B, H, W, C] -> [B, T, P]. @param side of a patch, pixels; it divides H and W */
export function patchify(x_BHWC: Tensor4D, side: number): Tensor3D {
  const [images, height, width, channels] = x_BHWC.shape;
  const [rows, columns] = [height / side, width / side];
  // The pixels of a patch's line are next to each other as they are: only lines and columns of patches change places.
  const lines = tf.reshape<Rank.R4>(x_BHWC, [images * rows, side, columns, side * channels]);
  return tf.reshape(tf.transpose(lines, [0, 2, 1, 3]), [images, rows * columns, side * side * channels]);
}

/** [B, T, P] -> [B, rows * side, columns * side, C] */
export function unpatchify(patches_BTP: Tensor3D, side: number, rows: number): Tensor4D {
  const [images, tokens, numbers] = patches_BTP.shape;
  const [columns, channels] = [tokens / rows, numbers / (side * side)];
  const patches = tf.reshape<Rank.R4>(patches_BTP, [images * rows, columns, side, side * channels]);
  return tf.reshape(tf.transpose(patches, [0, 2, 1, 3]), [images, rows * side, columns * side, channels]);
}

/** Each patch with mean 0 and variance 1 over its own pixels, of all channels together; the variance unbiased, as torch's `var`. */
export function normalisedPatches(patches_BTP: Tensor3D): Tensor3D {
  const centred_BTP = tf.sub(patches_BTP, tf.mean(patches_BTP, 2, true));
  const variance_BT1 = tf.div(tf.sum(tf.square(centred_BTP), 2, true), patches_BTP.shape[2] - 1);
  return tf.div(centred_BTP, tf.sqrt(tf.add(variance_BT1, EPSILON)));
}

/**
 * Of each image its own rows of a table, [B, T, D] and places [B, R] -> [B, R, D]. One gather from all rows, because tfjs's gather
 * with a batch dimension has no gradient.
 */
export function rowsAt(table_BTD: Tensor3D, places_BR: Tensor2D): Tensor3D {
  const [images, rows, width] = table_BTD.shape;
  const firsts_B1 = tf.reshape(tf.range(0, images * rows, rows, 'int32'), [images, 1]);
  const places = tf.reshape<Rank.R1>(tf.add(places_BR, firsts_B1), [-1]);
  return tf.reshape(tf.gather(tf.reshape(table_BTD, [-1, width]), places), [images, places_BR.shape[1], width]);
}
