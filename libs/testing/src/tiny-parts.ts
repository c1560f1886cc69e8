/** The kit's own encoder and head, so that it needs no package of models. */
import { stream, fold, type Encoder, type Head, type NamedVariable, type RandomKey } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';

interface PartContext {
  readonly key: RandomKey;
  readonly scope: string;
}

/** A 3x3 convolution of stride 2, tanh (no kinks, for finite differences), mean over pixels: [B, H, W, C] -> [B, 8]. */
export function tinyEncoder({ key, scope }: PartContext, channels: number): Encoder {
  const weight = drawn(key, `${scope}/conv.weight`, [3, 3, channels, 8], 0.5);
  return {
    featureDim: 8,
    variables: () => [weight],
    buffers: () => [],
    apply: (x_BHWC) =>
      tf.tidy(() => {
        const y_BHWC = tf.tanh(tf.conv2d(x_BHWC, weight.variable as tf.Tensor as tf.Tensor4D, 2, 1));
        return tf.mean<tf.Tensor2D>(y_BHWC, [1, 2]);
      }),
    dispose: () => {
      weight.variable.dispose();
    },
  };
}

/** One linear layer: [B, D] -> [B, 6]. */
export function tinyHead({ key, scope }: PartContext, inDim: number): Head {
  const weight = drawn(key, `${scope}/weight`, [inDim, 6], 1);
  return {
    outDim: 6,
    variables: () => [weight],
    buffers: () => [],
    apply: (h_BD) => tf.tidy(() => tf.matMul<tf.Tensor2D>(h_BD, weight.variable)),
    dispose: () => {
      weight.variable.dispose();
    },
  };
}

function drawn(key: RandomKey, name: string, shape: number[], deviation: number): NamedVariable {
  const random = stream(fold(key, name));
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => deviation * random.normal());
  return { name, role: 'weight', variable: tf.tidy(() => tf.variable(tf.tensor(values, shape))) };
}
