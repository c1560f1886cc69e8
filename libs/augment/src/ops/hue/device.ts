import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { extremes, SMALL, unit, type ColourKernel } from '../../device/colour-kernel.ts';
import { channels } from '../../device/luma.ts';

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
