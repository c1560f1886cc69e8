import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, NamedAttrMap, Tensor } from '@tensorflow/tfjs-core';

/** x's shape with 1 in place of every reduced axis: the shape in which dy broadcasts against x. */
function keptShape(x: Tensor, attrs: NamedAttrMap): number[] {
  const axes = tf.util.parseAxisParam(attrs['axis'] as number | number[], x.shape);
  return x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
}

/** dx = broadcast(dy). tfjs's own makes a tensor of ones of x's size and multiplies by it. */
export const sumGradient: GradConfig = {
  kernelName: tf.Sum,
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attrs) => {
    const [x] = saved as [Tensor];
    return { x: () => tf.broadcastTo(tf.reshape(dy as Tensor, keptShape(x, attrs)), x.shape) };
  },
};

/** dx = broadcast(dy / n): the division is done on the small side. */
export const meanGradient: GradConfig = {
  kernelName: tf.Mean,
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attrs) => {
    const [x] = saved as [Tensor];
    const small_dy = dy as Tensor;
    const n = x.size / Math.max(1, small_dy.size);
    return { x: () => tf.broadcastTo(tf.reshape(tf.div(small_dy, n), keptShape(x, attrs)), x.shape) };
  },
};
