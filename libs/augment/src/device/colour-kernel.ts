/** What the colour ops share on the engine. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { channels } from './luma.ts';

/** A colour op for a batch, each image with its own factor: [B, 1, 1, 1]. The formula stands beside it, in the form on floats. */
export type ColourKernel = (pixels_BHWC: Tensor4D, factor_B111: Tensor4D) => Tensor4D;

export const unit = (pixels: Tensor4D): Tensor4D => tf.clipByValue(pixels, 0, 1);

/** A blend with `other`, clamped: factor * pixels + (1 - factor) * other. */
export const blend = (pixels: Tensor4D, factor: Tensor4D, other: Tensor4D): Tensor4D =>
  unit(tf.add(tf.mul(pixels, factor), tf.mul(tf.sub(1, factor), other)));

/** Keeps a division finite where a pixel is gray; what comes of it is not used there. */
export const SMALL = 1e-12;

/** HSV's value, and the chroma, max - min. [B, H, W, 1] each. */
export function extremes(pixels: Tensor4D): { readonly value: Tensor4D; readonly chroma: Tensor4D } {
  const [red, green, blue] = channels(pixels);
  const value = tf.maximum<Tensor4D>(tf.maximum(red, green), blue);
  return { value, chroma: tf.sub(value, tf.minimum(tf.minimum(red, green), blue)) };
}
