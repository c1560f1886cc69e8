/** The kit's own encoder and head, so that it needs no package of models. */
import {
  stream,
  fold,
  type Forward,
  type Head,
  type NamedVariable,
  type RandomKey,
  type TokenEncoder,
} from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';

interface PartContext {
  readonly key: RandomKey;
  readonly scope: string;
}

/** Side of a patch, pixels. */
const PATCH = 2;
const WIDTH = 8;

/**
 * Patches of 2 x 2 pixels, one linear map of each, tanh (no kinks, for finite differences), the mean over them: [B, H, W, C] -> [B, 8]. Gives the
 * tokens, too, without a class token. It has a running mean, as batch norm has, that training keeps and nothing uses.
 */
export function tinyEncoder({ key, scope }: PartContext, channels: number): TokenEncoder {
  const weight = drawn(key, `${scope}/conv.weight`, [PATCH, PATCH, channels, WIDTH], 0.5);
  const running = runningMean(`${scope}/running_mean`, WIDTH);
  const sides = (pixels: number): number => Math.floor(pixels / PATCH);
  const tokens: TokenEncoder['tokens'] = (x_BHWC, forward, keep_BT) =>
    tf.tidy(() => {
      const [images, height, width] = x_BHWC.shape;
      const patches_BHWD = tf.tanh(tf.conv2d(x_BHWC, weight.variable as tf.Tensor as tf.Tensor4D, PATCH, 'valid'));
      const all_BTD = tf.reshape<tf.Rank.R3>(patches_BHWD, [images, sides(height) * sides(width), WIDTH]);
      const tokens_BTD = keep_BT ? keptOf(all_BTD, keep_BT) : all_BTD;
      running.follow(tf.reshape(tokens_BTD, [-1, WIDTH]), forward);
      return tokens_BTD;
    });
  return {
    featureDim: WIDTH,
    prefixTokens: 0,
    tokensOf: (height, width) => sides(height) * sides(width),
    variables: () => [weight],
    buffers: () => [running.buffer],
    tokens,
    apply: (x_BHWC, forward) => tf.tidy(() => tf.mean<tf.Tensor2D>(tokens(x_BHWC, forward), 1)),
    dispose: () => {
      tf.dispose([weight.variable, running.buffer.variable]);
    },
  };
}

/** One linear layer, and a running mean of what it gives: [B, D] -> [B, 6]. */
export function tinyHead({ key, scope }: PartContext, inDim: number): Head {
  const weight = drawn(key, `${scope}/weight`, [inDim, 6], 1);
  const running = runningMean(`${scope}/running_mean`, 6);
  return {
    outDim: 6,
    variables: () => [weight],
    buffers: () => [running.buffer],
    apply: (h_BD, forward) =>
      tf.tidy(() => {
        const z_BD = tf.matMul<tf.Tensor2D>(h_BD, weight.variable);
        running.follow(z_BD, forward);
        return z_BD;
      }),
    dispose: () => {
      tf.dispose([weight.variable, running.buffer.variable]);
    },
  };
}

/** Each image's own tokens, of all in one list: tfjs has no gradient for a gather with a batch dimension. */
function keptOf(all_BTD: tf.Tensor3D, keep_BT: tf.Tensor2D): tf.Tensor3D {
  const [images, tokens] = all_BTD.shape;
  const firsts_B1 = tf.reshape(tf.range(0, images * tokens, tokens, 'int32'), [images, 1]);
  const places_R = tf.reshape<tf.Rank.R1>(tf.add(tf.cast(keep_BT, 'int32'), firsts_B1), [-1]);
  return tf.reshape(tf.gather(tf.reshape(all_BTD, [-1, WIDTH]), places_R), [images, keep_BT.shape[1], WIDTH]);
}

function runningMean(name: string, width: number) {
  const variable = tf.tidy(() => tf.variable(tf.zeros([width]), false));
  return {
    buffer: { name, variable },
    follow: (rows_RD: tf.Tensor, { training, updates }: Forward): void => {
      if (training) updates.blend(variable, tf.mean(rows_RD, 0), 0.1);
    },
  };
}

function drawn(key: RandomKey, name: string, shape: number[], deviation: number): NamedVariable {
  const random = stream(fold(key, name));
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => deviation * random.normal());
  return { name, role: 'weight', variable: tf.tidy(() => tf.variable(tf.tensor(values, shape))) };
}
