import * as tf from '@tensorflow/tfjs-core';
import type { DeviceKernel } from '../../pipeline/device-form.ts';

/** `horizontalFlip`: mirrors left and right. */
export const flipKernel: DeviceKernel = (pixels_BHWC) => tf.reverse(pixels_BHWC, 2);
