import type { NamedVariable, RandomKey } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Rank, Tensor2D, Tensor3D, Variable } from '@tensorflow/tfjs-core';
import { Parameters } from './parameters.ts';
import type { Mask } from './random-mask.ts';
import { sinCosPositions } from './sin-cos-positions.ts';
import { layerNorm, linear, transformerBlock, type Layer } from './transformer.ts';

export interface DecoderOptions {
  /** Channels of a token in the decoder, W. */
  readonly width: number;
  readonly depth: number;
  /** They divide the width. */
  readonly heads: number;
}

/** What the decoder is told of the encoder's side. */
interface Given {
  readonly key: RandomKey;
  /** D of the encoder's tokens, and how many of them come before those of patches. */
  readonly inDim: number;
  readonly prefixTokens: number;
  /** P, numbers of a patch. */
  readonly patchNumbers: number;
}

/**
 * MAE's decoder (models_mae.py `forward_decoder`): the encoder's tokens and, for each removed patch, one and the same learnt token, all with their
 * positions, go through some blocks, and a linear layer makes pixels of them.
 *
 * The reference code puts the tokens back in the order of the patches first. Attention does not know of an order, so here they stay as they are, prefix,
 * kept, removed, and only the positions go by the mask; the result is the same.
 *
 * It is used in pre-training only: no evaluation and no export sees it. As a part of `composeMethod` it needs only `variables` and `dispose`.
 */
export class Decoder {
  readonly #parameters: Parameters;
  readonly #width: number;
  readonly #prefixTokens: number;
  readonly #embed: Layer;
  readonly #maskToken: Variable<Rank.R3>;
  readonly #blocks: readonly Layer[];
  readonly #norm: Layer;
  readonly #predict: Layer;

  constructor({ width, depth, heads }: DecoderOptions, { key, inDim, prefixTokens, patchNumbers }: Given) {
    const parameters = new Parameters(key, 'decoder');
    this.#parameters = parameters;
    this.#width = width;
    this.#prefixTokens = prefixTokens;
    this.#embed = linear(parameters, 'embed', inDim, width);
    this.#maskToken = parameters.variable('mask_token', 'weight', [1, 1, width], (random) => 0.02 * random.normal());
    this.#blocks = Array.from({ length: depth }, (_, i) => transformerBlock(parameters, `blocks.${i}`, width, heads));
    this.#norm = layerNorm(parameters, 'norm', width);
    this.#predict = linear(parameters, 'pred', width, patchNumbers);
  }

  variables(): readonly NamedVariable[] {
    return this.#parameters.all;
  }

  /**
   * Pixels of the removed patches, in the mask's order.
   * @param tokens_BKD [B, prefix + K, D] of the encoder @param grid rows and columns of patches
   * @returns [B, R, P]
   */
  apply(tokens_BKD: Tensor3D, { keep_BK, removed_BR }: Mask, [rows, columns]: readonly [number, number]): Tensor3D {
    const [images, removed] = removed_BR.shape;
    const positions_TW = sinCosPositions(rows, columns, this.#width);
    const at = (places_BR: Tensor2D): Tensor3D =>
      tf.reshape(tf.gather(positions_TW, tf.reshape<Rank.R1>(places_BR, [-1])), [...places_BR.shape, this.#width]);
    // The class token has the position 0, as in the reference code.
    const prefix_BPW = tf.zeros<Rank.R3>([images, this.#prefixTokens, this.#width]);
    const known_BKW = tf.add<Tensor3D>(this.#embed(tokens_BKD), tf.concat([prefix_BPW, at(keep_BK)], 1));
    const asked_BRW = tf.add<Tensor3D>(at(removed_BR), this.#maskToken);
    const all_BNW = tf.concat<Tensor3D>([known_BKW, asked_BRW], 1);
    const last_BNW = this.#blocks.reduce((x_BNW, block) => block(x_BNW), all_BNW);
    const answers_BRW = tf.slice(last_BNW, [0, known_BKW.shape[1], 0], [images, removed, this.#width]);
    return this.#predict(this.#norm(answers_BRW));
  }

  dispose(): void {
    this.#parameters.dispose();
  }
}
