/** The ops of colour jitter, each image with its own factor: [B, 1, 1, 1]. The formulas stand beside the host's ops of the same names. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { channels, luma, meanOfImage } from './luma.ts';

export type ColourKernel = (pixels_BHWC: Tensor4D, factor_B111: Tensor4D) => Tensor4D;

const unit = (pixels: Tensor4D): Tensor4D => tf.clipByValue(pixels, 0, 1);
const rest = (factor: Tensor4D): Tensor4D => tf.sub(1, factor);

export const brightness: ColourKernel = (pixels, factor) => unit(tf.mul(pixels, factor));

export const addBrightness: ColourKernel = (pixels, delta) => unit(tf.add(pixels, delta));

export const contrast: ColourKernel = (pixels, factor) =>
  unit(tf.add(tf.mul(pixels, factor), tf.mul(rest(factor), meanOfImage(luma(pixels)))));

export const channelContrast: ColourKernel = (pixels, factor) =>
  unit(tf.add(tf.mul(pixels, factor), tf.mul(rest(factor), meanOfImage(pixels))));

export const saturation: ColourKernel = (pixels, factor) =>
  unit(tf.add(tf.mul(pixels, factor), tf.mul(rest(factor), luma(pixels))));

/** With v = max and c = max - min, the distance from v is multiplied by min(factor, v / c); gray pixels stay. */
export const hsvSaturation: ColourKernel = (pixels, factor) => {
  const { value, chroma } = extremes(pixels);
  const scale = tf.minimum(factor, tf.div(value, tf.maximum(chroma, SMALL)));
  const scaled = unit(tf.sub(value, tf.mul(tf.sub(value, pixels), scale)));
  return tf.where(tf.greater(tf.minimum(value, chroma), 0), scaled, pixels);
};

/**
 * Turns the hue. With h the position on the hue hexagon in sixths, channel n (red 5, green 3, blue 1) falls from v by
 * c clamp(min(k, 4 - k), 0, 1), k = (n + h) mod 6: one formula for the six sectors that the host tells apart. What does not fall is not
 * clamped, as there.
 */
export const hue: ColourKernel = (pixels, turns) => {
  const [red, green, blue] = channels(pixels);
  const { value, chroma } = extremes(pixels);
  const safe = tf.maximum(chroma, SMALL);
  const sixths = tf.where(
    tf.equal(value, red),
    tf.div(tf.sub(green, blue), safe),
    tf.where(
      tf.equal(value, green),
      tf.add(tf.div(tf.sub(blue, red), safe), 2),
      tf.add(tf.div(tf.sub(red, green), safe), 4),
    ),
  );
  const k = tf.add(tf.add(sixths, tf.mul(turns, 6)), tf.tensor4d([5, 3, 1], [1, 1, 1, 3]));
  const wrapped = tf.sub(k, tf.mul(tf.floor(tf.div(k, 6)), 6));
  const fall = tf.mul(chroma, tf.clipByValue(tf.minimum(wrapped, tf.sub(4, wrapped)), 0, 1));
  const fallen: Tensor4D = tf.sub(value, fall);
  return tf.where(tf.greater(fall, 0), unit(fallen), fallen);
};

/** Keeps a division finite where a pixel is gray; what comes of it is not used there. */
const SMALL = 1e-12;

function extremes(pixels: Tensor4D): { readonly value: Tensor4D; readonly chroma: Tensor4D } {
  const [red, green, blue] = channels(pixels);
  const value = tf.maximum<Tensor4D>(tf.maximum(red, green), blue);
  return { value, chroma: tf.sub(value, tf.minimum(tf.minimum(red, green), blue)) };
}
