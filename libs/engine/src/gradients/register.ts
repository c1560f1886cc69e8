import * as tf from '@tensorflow/tfjs-core';
import { bundledGradients } from './bundled.ts';
import { comparisonGradients } from './comparisons.ts';
import { splitGradient, unstackGradient } from './lists.ts';
import { reluGradient } from './relu.ts';
import { meanGradient, sumGradient } from './reductions.ts';
import { squaredDifferenceGradient } from './squared-difference.ts';

/** Ours, over tfjs's: the same derivatives with less work, or where tfjs has none or fails. */
const ours = [
  reluGradient,
  sumGradient,
  meanGradient,
  squaredDifferenceGradient,
  splitGradient,
  unstackGradient,
  ...comparisonGradients,
];

/**
 * Gives tfjs its gradients. Idempotent, and called by every `openEngine`: a backend package may have registered tfjs's own table over
 * ours when it was loaded.
 */
export function registerGradients(): void {
  const known = (name: string): unknown => tf.getGradient(name);
  const replaced = new Set(ours.map(({ kernelName }) => kernelName));
  for (const gradient of bundledGradients().gradients) {
    if (!replaced.has(gradient.kernelName) && known(gradient.kernelName) === undefined) tf.registerGradient(gradient);
  }
  for (const gradient of ours) if (known(gradient.kernelName) !== gradient) tf.registerGradient(gradient);
}
