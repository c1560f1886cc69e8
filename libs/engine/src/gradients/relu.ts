import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import { tryKernel } from '../try-kernel.ts';

/**
 * dx = dy where y > 0, else 0. tfjs's own saves x and runs step, cast and mul. Saving y instead frees x (the layer after saves y anyway),
 * and a native kernel does the rest in one pass.
 */
export const reluGradient: GradConfig = {
  kernelName: tf.Relu,
  outputsToSave: [true],
  gradFunc: (dy, saved) => {
    const upstream = dy as Tensor;
    const [y] = saved as [Tensor];
    return { x: () => tryKernel('TesseraReluGrad', { dy: upstream, y })?.[0] ?? tf.mul(upstream, tf.step(y)) };
  },
};
