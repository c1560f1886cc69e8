import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';

/** tfjs hands the gradient of a list of one tensor over as that tensor. */
const listOf = (dy: Tensor | Tensor[]): Tensor[] => (Array.isArray(dy) ? dy : [dy]);

const axisOf = (attrs: tf.NamedAttrMap): number => attrs['axis'] as number;

/** dx = concat(dys). tfjs's own takes two parts or more: "Pass at least one tensor to concat". */
export const splitGradient: GradConfig = {
  kernelName: tf.SplitV,
  gradFunc: (dy, _saved, attrs) => ({ x: () => tf.concat(listOf(dy), axisOf(attrs)) }),
};

/** dx = stack(dys). tfjs's own takes two parts or more. */
export const unstackGradient: GradConfig = {
  kernelName: tf.Unpack,
  gradFunc: (dy, _saved, attrs) => ({ value: () => tf.stack(listOf(dy), axisOf(attrs)) }),
};
