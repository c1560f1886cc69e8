/**
 * Masked autoencoders (He et al. 2022, https://arxiv.org/abs/2111.06377; code: facebookresearch/mae models_mae.py): three quarters of an image's patches are
 * taken away, a vision transformer sees the rest, and a small decoder says what the others looked like. No second view, no negatives, no objective
 * that another method could share: the loss is the method's own.
 *
 * Shapes: B images, T patches of which K are kept and R removed, P numbers of a patch.
 */
import { defineMethod, TesseraError, type TokenEncoder, type ViewSpec } from '@tessera/core';
import { composeMethod, withoutGradient } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Rank, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { Decoder } from './decoder.ts';
import { normalisedPatches, patchify, rowsAt } from './patches.ts';
import { keptOf, randomMask } from './random-mask.ts';
import { reconstructionLoss } from './reconstruction-loss.ts';

const decoderOptions = z
  .strictObject({
    width: z
      .int()
      .positive()
      .multipleOf(4)
      .default(192)
      .describe('channels of a token; a multiple of 4, for the positions'),
    depth: z.int().positive().default(4).describe('blocks'),
    heads: z.int().positive().default(3).describe('heads of the attention; they divide the width'),
  })
  .refine(({ width, heads }) => width % heads === 0, { path: ['heads'], message: 'they do not divide the width' });

/**
 * The defaults are a CIFAR-10 setting: ViT-Tiny on patches of 4 pixels. The paper's decoder, for images of 224 pixels, is 512 wide with 8 blocks and 16
 * heads.
 */
export const mae = defineMethod({
  name: 'mae',
  summary: 'Masked autoencoder: a vision transformer sees a quarter of the patches, a small decoder tells the others.',
  options: z.strictObject({
    maskRatio: z.number().gt(0).lt(1).default(0.75).describe('share of the patches that are removed; in (0, 1)'),
    normPixels: z
      .boolean()
      .default(true)
      .describe('targets are patches with mean 0 and variance 1 each (norm_pix_loss of the reference code)'),
    decoder: decoderOptions.prefault({}).describe('the decoder, which is thrown away after pre-training'),
  }),
  roles: ['reconstruction', 'target'],
  // `tokens: true`: an encoder that gives none is refused, and build('encoder') has the type of one that does.
  parts: {
    encoder: {
      kind: 'encoder',
      tokens: true,
      default: { name: 'vit', options: { size: 'tiny', patch: 4, image: 32, positions: 'sin-cos' } },
    },
  },
  defaults: {
    augmenter: {
      name: 'pipeline',
      options: {
        views: [
          {
            count: 1,
            size: 32,
            crop: { scale: [0.2, 1] },
            interpolation: 'bicubic',
            ops: [{ name: 'horizontal-flip', probability: 0.5 }],
          },
        ],
      },
    },
    optimizer: {
      name: 'adamw',
      options: { learningRate: 1.5e-4, beta1: 0.9, beta2: 0.95, weightDecay: 0.05, exclude: ['bias', 'norm'] },
    },
    schedule: { name: 'warmup-cosine', options: { warmupEpochs: 1, scaling: 'linear' } },
  },
  create: ({ maskRatio, normPixels, decoder: decoderSize }, { build, key, views }) => {
    const encoder = build('encoder');
    const { side, channels } = patchOf(encoder, views, maskRatio);
    const decoder = new Decoder(decoderSize, {
      key,
      inDim: encoder.featureDim,
      prefixTokens: encoder.prefixTokens,
      patchNumbers: side * side * channels,
    });
    return composeMethod(
      { encoder, decoder },
      {
        embed: (groups, forward) => {
          const all = groups.map(({ count, pixels }) => {
            const [images, height, width] = pixels.shape;
            const mask = randomMask(forward, images, encoder.tokensOf(height, width), maskRatio);
            const tokens_BKD = encoder.tokens(pixels, forward, mask.keep_BK);
            const reconstruction_BRP = decoder.apply(tokens_BKD, mask, [height / side, width / side]);
            const target_BRP = withoutGradient(() => {
              const patches_BTP = patchify(pixels, side);
              return rowsAt(normPixels ? normalisedPatches(patches_BTP) : patches_BTP, mask.removed_BR);
            });
            const split = (x: Tensor2D): Tensor2D[] => tf.split(x, count);
            return {
              features: split(summary(tokens_BKD, encoder.prefixTokens)),
              reconstruction: split(flat(reconstruction_BRP)),
              target: split(flat(target_BRP)),
            };
          });
          return {
            features: all.flatMap(({ features }) => features),
            embeddings: {
              reconstruction: all.flatMap(({ reconstruction }) => reconstruction),
              target: all.flatMap(({ target }) => target),
            },
          };
        },
        loss: ({ reconstruction = [], target = [] }, _batch, { collective }) => {
          const losses = reconstruction.map((view_BD, i) =>
            reconstructionLoss(view_BD, target[i] ?? view_BD, collective),
          );
          return { loss: tf.div(tf.addN(losses), losses.length), metrics: {} };
        },
      },
    );
  },
});

/** What stands for an image among its tokens: the class token; the mean of the kept patches where there is none. */
function summary(tokens_BKD: Tensor3D, prefixTokens: number): Tensor2D {
  const [images, , width] = tokens_BKD.shape;
  if (prefixTokens === 0) return tf.mean(tokens_BKD, 1);
  return tf.reshape(tf.slice(tokens_BKD, [0, 0, 0], [images, 1, width]), [images, width]);
}

/** [B, R, P] -> [B, R * P] */
function flat(x_BRP: Tensor3D): Tensor2D {
  const [images, removed, numbers] = x_BRP.shape;
  return tf.reshape<Rank.R2>(x_BRP, [images, removed * numbers]);
}

/**
 * The side of a patch follows from how many tokens an encoder makes of a square image. @throws TesseraError `E_MAE_PATCHES` where views differ in it, or where the
 * mask would leave or take nothing
 */
function patchOf(encoder: TokenEncoder, views: readonly ViewSpec[], maskRatio: number) {
  const patches = views.map(({ size, channels }) => {
    const tokens = encoder.tokensOf(size, size);
    return { size, tokens, channels, side: size / Math.sqrt(tokens) };
  });
  const [first] = patches;
  const refuse = (message: string, next: string) => new TesseraError({ code: 'E_MAE_PATCHES', message, next });
  if (!first || patches.some(({ side }) => side !== first.side || !Number.isInteger(side))) {
    const told = patches.map(({ size, tokens }) => `${String(tokens)} of ${String(size)} pixels`).join(', ');
    throw refuse(
      `the encoder makes tokens of views (${told}) that are not all patches of one side`,
      'Choose the encoder vit, and sizes of views that its patches divide.',
    );
  }
  for (const { size, tokens } of patches) {
    const kept = keptOf(tokens, maskRatio);
    if (kept > 0 && kept < tokens) continue;
    throw refuse(
      `with maskRatio ${String(maskRatio)}, ${String(kept)} of the ${String(tokens)} patches of a view of ${String(size)} pixels are kept`,
      'Set method.options.maskRatio so that some are kept and some removed, or choose a smaller encoder.options.patch.',
    );
  }
  return first;
}
