/**
 * DINO's head (Caron et al. 2021, https://arxiv.org/abs/2104.14294, appendix C; code: facebookresearch/dino vision_transformer.py `DINOHead`).
 *
 * Shapes: B rows, D width of features, H bottleneck, K outputs.
 */
import { defineHead, type Forward, type Head } from '@tessera/core';
import { toFloat32 } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { constant, uniform } from '../initializers.ts';
import { gelu } from '../layers/gelu.ts';
import { createLinear } from '../layers/linear.ts';
import { ParameterSet } from '../parameters.ts';
import type { HeadContext } from './mlp.ts';

export const dinoHeadOptions = z.strictObject({
  layers: z.int().min(1).max(6).default(3).describe('Linear layers before the last one.'),
  hidden: z.int().positive().default(2048).describe('Width of the hidden layers.'),
  bottleneck: z.int().positive().default(256).describe('Width of the unit vectors that the last layer sees.'),
  out: z.int().positive().default(65_536).describe('Outputs K.'),
  normLastLayer: z
    .boolean()
    .default(true)
    .describe('Keep the lengths of the last layer at 1 (true for ResNets and small ViTs); false: they are learnt.'),
});

/**
 * Linear layers with exact GELU, rows of unit length, and a weight-normalised linear layer without bias: x . v / |v| * g. Variables are named as
 * there: `mlp.0.weight`, `mlp.2.weight`, ..., `last_layer.weight_v`, and `last_layer.weight_g` where it is learnt (else it is 1).
 */
export class DinoHead implements Head {
  readonly outDim: number;
  readonly #parameters: ParameterSet;
  readonly #layers: readonly ((x_BD: Tensor2D) => Tensor2D)[];
  readonly #direction_KH: tf.Variable;
  readonly #length_K1: tf.Variable | undefined;

  constructor(options: z.output<typeof dinoHeadOptions>, { key, inDim, scope }: HeadContext) {
    const { layers, hidden, bottleneck, out, normLastLayer } = options;
    const parameters = new ParameterSet(scope, key);
    this.#parameters = parameters;
    this.outDim = out;
    this.#layers = Array.from({ length: layers }, (_, i) =>
      createLinear(parameters, `mlp.${String(2 * i)}`, {
        inDim: i === 0 ? inDim : hidden,
        outDim: i === layers - 1 ? bottleneck : hidden,
        bias: true,
        init: 'vit',
      }),
    );
    const fill = uniform(1 / Math.sqrt(bottleneck));
    this.#direction_KH = parameters.variable<tf.Rank.R2>('last_layer.weight_v', [out, bottleneck], 'weight', fill);
    this.#length_K1 = normLastLayer
      ? undefined
      : parameters.variable<tf.Rank.R2>('last_layer.weight_g', [out, 1], 'weight', constant(1));
  }

  variables() {
    return this.#parameters.variables;
  }

  buffers() {
    return this.#parameters.buffers;
  }

  apply(h_BD: Tensor2D, _forward: Forward, upToLayer = Infinity): Tensor2D {
    return tf.tidy(() => {
      let x = h_BD;
      this.#layers.slice(0, upToLayer).forEach((layer, i) => {
        x = layer(i === 0 ? x : gelu(x));
      });
      if (upToLayer <= this.#layers.length) return tf.clone(toFloat32(x));
      const u_BH = unit(toFloat32(x));
      const weight_KH = unit(this.#direction_KH as tf.Tensor as Tensor2D);
      const scaled_KH = this.#length_K1 ? tf.mul<Tensor2D>(weight_KH, this.#length_K1) : weight_KH;
      return toFloat32(tf.matMul(u_BH, scaled_KH, false, true));
    });
  }

  dispose(): void {
    this.#parameters.dispose();
  }
}

function unit(x_ND: Tensor2D): Tensor2D {
  const length_N1 = tf.sqrt(tf.sum(tf.square(x_ND), 1, true));
  return tf.div(x_ND, tf.maximum(length_N1, 1e-12));
}

/** The `dino` head. */
export const dinoHead = defineHead({
  name: 'dino',
  summary: "DINO's head: an MLP with GELU, unit vectors, and a weight-normalised last layer.",
  options: dinoHeadOptions,
  create: (options, context) => new DinoHead(options, context),
});
