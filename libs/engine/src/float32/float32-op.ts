import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { withPrecision } from '../precision.ts';

/** What the forward half of a {@link float32Op} returns. */
export interface Float32Result<T extends Tensor> {
  readonly value: T;
  /** Tensors the gradient needs; kept until it ran. */
  readonly saved: readonly Tensor[];
}

/**
 * An operation with its own gradient, both computed in float32 whatever precision the step runs in: losses lose their meaning in
 * bfloat16, whose eight significant bits cannot tell similarities of 0.99 and 0.995 apart.
 * @param gradient returns one tensor an input, in the inputs' order
 */
export function float32Op<T extends Tensor>(
  inputs: readonly Tensor[],
  forward: () => Float32Result<T>,
  gradient: (dy: T, saved: readonly Tensor[]) => readonly Tensor[],
): T {
  return tf.customGrad<T>((...received) => {
    const save = received.at(-1) as tf.GradSaveFunc;
    const { value, saved } = withPrecision('f32', forward);
    save([...saved]);
    return {
      value,
      // tfjs runs this outside of any scope of its own: without tidy, intermediates would live until the end of the backward pass.
      gradFunc: (dy, kept) => tf.tidy(() => withPrecision('f32', () => [...gradient(dy, kept)])),
    };
  })(...inputs);
}
