import * as tf from '@tensorflow/tfjs-core';
import { blend, extremes, SMALL, unit, type ColourKernel } from '../../device/colour-kernel.ts';
import { luma } from '../../device/luma.ts';

export const saturation: ColourKernel = (pixels, factor) => blend(pixels, factor, luma(pixels));

/** With v = max and c = max - min, the distance from v is multiplied by min(factor, v / c); gray pixels stay. */
export const hsvSaturation: ColourKernel = (pixels, factor) => {
  const { value, chroma } = extremes(pixels);
  const scale = tf.minimum(factor, tf.div(value, tf.maximum(chroma, SMALL)));
  const scaled = unit(tf.sub(value, tf.mul(tf.sub(value, pixels), scale)));
  return tf.where(tf.greater(tf.minimum(value, chroma), 0), scaled, pixels);
};
