import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';

/** Sums over the axes along which an operand of that shape was broadcast. */
function unbroadcast(g: Tensor, shape: number[], out: number[]): Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, out);
  return tf.reshape(axes.length > 0 ? tf.sum(g, axes) : g, shape);
}

/** d(a - b)^2 = 2 (a - b). tfjs's own forgets that an operand may have been broadcast, and fails then. */
export const squaredDifferenceGradient: GradConfig = {
  kernelName: tf.SquaredDifference,
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved) => {
    const [a, b] = saved as [Tensor, Tensor];
    const upstream = dy as Tensor;
    const slope = (): Tensor => tf.mul(upstream, tf.mul(tf.sub(a, b), 2));
    return {
      a: () => unbroadcast(slope(), a.shape, upstream.shape),
      b: () => unbroadcast(tf.neg(slope()), b.shape, upstream.shape),
    };
  },
};
