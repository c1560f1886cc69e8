import * as tf from '@tensorflow/tfjs-core';
import { bundledGradients } from './bundled.ts';
import { reluGradient } from './relu.ts';
import { meanGradient, sumGradient } from './reductions.ts';

/** Ours, over tfjs's: the same derivatives with less work. */
const ours = [reluGradient, sumGradient, meanGradient];

/**
 * Gives tfjs its gradients. Idempotent, and called by every `openEngine`: a backend package may have registered tfjs's own table over
 * ours when it was loaded.
 */
export function registerGradients(): void {
  const replaced = new Set(ours.map(({ kernelName }) => kernelName));
  for (const gradient of bundledGradients().gradients) {
    if (!replaced.has(gradient.kernelName) && !tf.getGradient(gradient.kernelName)) tf.registerGradient(gradient);
  }
  for (const gradient of ours) {
    if (tf.getGradient(gradient.kernelName) === gradient) continue;
    tf.registerGradient(gradient);
  }
}
