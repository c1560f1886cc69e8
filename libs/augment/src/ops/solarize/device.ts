import * as tf from '@tensorflow/tfjs-core';
import type { DeviceKernel } from '../../pipeline/device-form.ts';
import { column } from '../../device/rows.ts';

/** `solarize`: values from the row's threshold on are inverted. */
export const solarizeKernel: DeviceKernel = (pixels_BHWC, threshold_B) =>
  tf.where(tf.greaterEqual(pixels_BHWC, column(threshold_B)), tf.sub(1, pixels_BHWC), pixels_BHWC);
