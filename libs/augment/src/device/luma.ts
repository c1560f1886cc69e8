import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { LUMA_BLUE, LUMA_GREEN, LUMA_RED } from '../shared/luma.ts';

/**
 * The gray image, [B, H, W, 1]. Element by element: a product of matrices could be made in TensorFloat-32.
 * @param pixels_BHWC three channels
 */
export function luma(pixels_BHWC: Tensor4D): Tensor4D {
  const [red, green, blue] = channels(pixels_BHWC);
  return tf.addN([tf.mul(red, LUMA_RED), tf.mul(green, LUMA_GREEN), tf.mul(blue, LUMA_BLUE)]);
}

/** Red, green and blue, [B, H, W, 1] each. */
export function channels(pixels_BHWC: Tensor4D): [red: Tensor4D, green: Tensor4D, blue: Tensor4D] {
  return tf.split(pixels_BHWC, 3, 3) as [Tensor4D, Tensor4D, Tensor4D];
}

/** Mean over each image, [B, 1, 1, C]. In two steps, so that a float32 sum stays short. */
export function meanOfImage(pixels_BHWC: Tensor4D): Tensor4D {
  return tf.mean(tf.mean(pixels_BHWC, 2, true), 1, true);
}
