import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { DeviceKernel } from '../../pipeline/device-form.ts';

/** `sobel`: the gradient's magnitude in each channel, borders mirrored without repeating the edge, at most 1. */
export const sobelKernel: DeviceKernel = (pixels_BHWC) => {
  const across = gradient(pixels_BHWC, 2, 1);
  const down = gradient(pixels_BHWC, 1, 2);
  return tf.minimum(tf.sqrt(tf.add(tf.square(across), tf.square(down))), 1);
};

/** Next minus last along one axis, summed with weights 1, 2, 1 along the other. */
function gradient(pixels_BHWC: Tensor4D, along: 1 | 2, over: 1 | 2): Tensor4D {
  const difference: Tensor4D = tf.sub(shifted(pixels_BHWC, along, 1), shifted(pixels_BHWC, along, -1));
  return tf.addN([shifted(difference, over, -1), tf.mul(difference, 2), shifted(difference, over, 1)]);
}

/** What lies `by` further along an axis. */
function shifted(pixels_BHWC: Tensor4D, axis: 1 | 2, by: 1 | -1): Tensor4D {
  const count = pixels_BHWC.shape[axis];
  const from = Array.from({ length: count }, (_, i) => mirror(i + by, count));
  return tf.gather(pixels_BHWC, tf.tensor1d(from, 'int32'), axis);
}

function mirror(index: number, count: number): number {
  if (count === 1) return 0;
  return index < 0 ? -index : index >= count ? 2 * count - 2 - index : index;
}
