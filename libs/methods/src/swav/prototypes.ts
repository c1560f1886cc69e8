import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { fold, stream, type RandomKey } from '@tessera/core';
import { l2Normalize } from '@tessera/engine';

/** K vectors of width D as the columns of a bias-free linear layer, [D, K], drawn as torch draws `nn.Linear`: uniform within 1 / sqrt(D). @param name what the draws are for */
export function createPrototypes(key: RandomKey, dim: number, count: number, name = 'prototypes'): Variable {
  const draws = stream(fold(key, name));
  const bound = 1 / Math.sqrt(dim);
  const values = Float32Array.from({ length: dim * count }, () => draws.uniform(-bound, bound));
  return tf.tidy(() => tf.variable(tf.tensor2d(values, [dim, count])));
}

/** Brings the vectors back to unit length: on the weights, outside the gradient; the optimizer's momentum is left as it is. */
export function normalizePrototypes(prototypes: Variable): void {
  tf.tidy(() => {
    prototypes.assign(l2Normalize(prototypes as tf.Tensor as Tensor2D, 0));
  });
}
