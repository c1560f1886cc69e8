/**
 * A pre-norm transformer block as timm's `Block`, which the reference code's decoder is made of, in plain tfjs operations.
 *
 * Shapes: B images, T tokens, D width, H heads, E hidden width.
 */
import { toFloat32 } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Rank, Tensor, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Parameters } from './parameters.ts';

export type Layer = (x_BTD: Tensor3D) => Tensor3D;

/** x W + b over the last axis. Initialised as in the reference code: Xavier's uniform, biases 0. */
export function linear(parameters: Parameters, path: string, inDim: number, outDim: number): Layer {
  const bound = Math.sqrt(6 / (inDim + outDim));
  const weight_IO = parameters.variable<Rank.R2>(`${path}.weight`, 'weight', [inDim, outDim], (random) => random.uniform(-bound, bound)); // prettier-ignore
  const bias_O = parameters.variable<Rank.R1>(`${path}.bias`, 'bias', [outDim], () => 0);
  return (x_BTD) => {
    const [images, tokens] = x_BTD.shape;
    const y_RO = tf.add(tf.matMul(tf.reshape<Rank.R2>(x_BTD, [images * tokens, inDim]), weight_IO), bias_O);
    return tf.reshape(y_RO, [images, tokens, outDim]);
  };
}

/** Each token by its own mean and variance, then scale and shift; in float32. */
export function layerNorm(parameters: Parameters, path: string, width: number): Layer {
  const scale_D = parameters.variable<Rank.R1>(`${path}.weight`, 'norm', [width], () => 1);
  const shift_D = parameters.variable<Rank.R1>(`${path}.bias`, 'norm', [width], () => 0);
  return (x_BTD) => {
    const x32_BTD = toFloat32(x_BTD);
    const centred_BTD = tf.sub(x32_BTD, tf.mean(x32_BTD, 2, true));
    const variance_BT1 = tf.mean(tf.square(centred_BTD), 2, true);
    return tf.add(tf.mul(tf.mul(centred_BTD, tf.rsqrt(tf.add(variance_BT1, 1e-6))), scale_D), shift_D);
  };
}

/** softmax(q k^T / sqrt(D / H)) v for every head. @param heads they divide D */
function attention(parameters: Parameters, path: string, width: number, heads: number): Layer {
  const queriesKeysValues = linear(parameters, `${path}.qkv`, width, 3 * width);
  const project = linear(parameters, `${path}.proj`, width, width);
  return (x_BTD) => {
    const [images, tokens] = x_BTD.shape;
    const ofHeads = (part_BTD: Tensor): Tensor4D =>
      tf.transpose(tf.reshape<Rank.R4>(part_BTD, [images, tokens, heads, width / heads]), [0, 2, 1, 3]);
    const [q, k, v] = tf.split(queriesKeysValues(x_BTD), 3, 2).map(ofHeads) as [Tensor4D, Tensor4D, Tensor4D];
    const scores_BHTT = tf.matMul(tf.mul(q, 1 / Math.sqrt(width / heads)), k, false, true);
    const mixed_BHTD = tf.matMul(tf.softmax(toFloat32(scores_BHTT)), v);
    return project(tf.reshape(tf.transpose(mixed_BHTD, [0, 2, 1, 3]), [images, tokens, width]));
  };
}

/** x Phi(x), exact. */
function gelu(x: Tensor3D): Tensor3D {
  const x32 = toFloat32(x);
  return tf.mul(x32, tf.add(tf.mul(tf.erf(tf.mul(x32, Math.SQRT1_2)), 0.5), 0.5));
}

/** x += attention(norm1 x); x += fc2(gelu(fc1(norm2 x))). */
export function transformerBlock(parameters: Parameters, path: string, width: number, heads: number): Layer {
  const norm1 = layerNorm(parameters, `${path}.norm1`, width);
  const attend = attention(parameters, `${path}.attn`, width, heads);
  const norm2 = layerNorm(parameters, `${path}.norm2`, width);
  const fc1 = linear(parameters, `${path}.mlp.fc1`, width, 4 * width);
  const fc2 = linear(parameters, `${path}.mlp.fc2`, 4 * width, width);
  return (x_BTD) => {
    const attended_BTD = tf.add<Tensor3D>(x_BTD, attend(norm1(x_BTD)));
    return tf.add(attended_BTD, fc2(gelu(fc1(norm2(attended_BTD)))));
  };
}
