import * as tf from '@tensorflow/tfjs-core';
import type { DeviceKernel } from '../../pipeline/device-form.ts';
import { luma } from '../../device/luma.ts';

/** `grayscale`: three equal channels. */
export const grayscaleKernel: DeviceKernel = (pixels_BHWC) => tf.tile(luma(pixels_BHWC), [1, 1, 1, 3]);
