import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { DeviceKernel } from '../../pipeline/device-form.ts';
import { column } from '../../device/rows.ts';

/** `fillRectangle` of a square: a row is top, left, side, in pixels, and the value. What lies outside the image is left out. */
export const cutoutKernel: DeviceKernel = (pixels_BHWC, drawn_BP) => {
  const [, height, width] = pixels_BHWC.shape;
  const number = (at: number): Tensor4D => column(drawn_BP, 4, at);
  const [top, left, side, value] = [number(0), number(1), number(2), number(3)];
  const y = tf.reshape(tf.range(0, height), [1, height, 1, 1]);
  const x = tf.reshape(tf.range(0, width), [1, 1, width, 1]);
  const inside = tf.logicalAnd(between(y, top, side), between(x, left, side));
  return tf.where(inside, tf.mul(tf.onesLike(pixels_BHWC), value), pixels_BHWC);
};

function between(at: tf.Tensor, from: tf.Tensor, length: tf.Tensor): tf.Tensor {
  return tf.logicalAnd(tf.greaterEqual(at, from), tf.less(at, tf.add(from, length)));
}
