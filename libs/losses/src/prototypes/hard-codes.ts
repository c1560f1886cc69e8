import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { detached } from '@tessera/engine';

/** 1 at a code's largest entry (the first of several), else 0: each sample belongs to one prototype. [B, K] -> [B, K], without gradient */
export function hardCodes(codes_BK: Tensor2D): Tensor2D {
  return detached(() => tf.oneHot(tf.argMax<Tensor1D>(codes_BK, 1), codes_BK.shape[1], 1, 0, 'float32') as Tensor2D);
}
