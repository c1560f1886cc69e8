import * as tf from '@tensorflow/tfjs-core';
import { unit, type ColourKernel } from '../../device/colour-kernel.ts';

export const brightness: ColourKernel = (pixels, factor) => unit(tf.mul(pixels, factor));

export const addBrightness: ColourKernel = (pixels, delta) => unit(tf.add(pixels, delta));
