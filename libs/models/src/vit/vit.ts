import { defineEncoder, TesseraError, type Forward, type TokenEncoder } from '@tessera/core';
import {
  add,
  concat,
  gather,
  mean,
  range,
  reshape,
  slice,
  tidy,
  zeros,
  type Rank,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  type Variable,
} from '@tensorflow/tfjs-core';
import { normal } from '../initializers.ts';
import { createTokenNorm } from '../layers/token-norm.ts';
import { ParameterSet } from '../parameters.ts';
import type { EncoderContext } from '../resnet/resnet.ts';
import { createVitBlock, type VitBlock } from './block.ts';
import { vitDoubts } from './doubts.ts';
import { vitOptions, vitShape, type VitOptions } from './options.ts';
import { createPatchEmbedding, patchGrid } from './patch-embedding.ts';
import { createPositionEmbedding, type Positions } from './position-embedding.ts';
import type { Grid } from './resample-grid.ts';

/**
 * Vision transformer without its classifier (Dosovitskiy et al. 2021; timm's `vision_transformer.py`): patches, positions, pre-norm blocks,
 * exact gelu. Variables are named as in timm, `scope/blocks.0.attn.qkv.weight`, and start as timm's do.
 *
 * Where the features are an average, timm has no final norm on the tokens; `fc_norm` follows the pooling, which leaves the class token out.
 */
export class VisionTransformer implements TokenEncoder {
  readonly featureDim: number;
  readonly prefixTokens: number;
  readonly #parameters: ParameterSet;
  readonly #options: VitOptions;
  readonly #inputChannels: number;
  readonly #classToken: Variable<Rank.R3> | undefined;
  readonly #positions: (grid: Grid) => Positions;
  readonly #embedPatches: (x_BHWC: Tensor4D) => Tensor4D;
  readonly #blocks: readonly VitBlock[];
  readonly #norm: <T extends Tensor>(x: T) => T;

  constructor(options: VitOptions, { key, inputChannels, scope }: EncoderContext) {
    const { width, depth, heads } = vitShape(options);
    const { patch, image, qkvBias, mlpRatio, positions, interpolation } = options;
    const parameters = new ParameterSet(scope, key);
    this.#parameters = parameters;
    this.#options = options;
    this.#inputChannels = inputChannels;
    this.featureDim = width;
    this.prefixTokens = options.classToken ? 1 : 0;
    // Of the position embeddings' role, for their reason.
    this.#classToken = options.classToken
      ? parameters.variable<Rank.R3>('cls_token', [1, 1, width], 'bias', normal(1e-6))
      : undefined;
    this.#positions = createPositionEmbedding(parameters, {
      prefix: this.prefixTokens,
      side: image / patch,
      width,
      positions,
      interpolation,
    });
    this.#embedPatches = createPatchEmbedding(parameters, { patch, inputChannels, width });
    this.#blocks = Array.from({ length: depth }, (_, i) =>
      createVitBlock(parameters, `blocks.${i}`, {
        width,
        heads,
        qkvBias,
        hidden: width * mlpRatio,
        dropPath: depth > 1 ? (options.dropPath * i) / (depth - 1) : 0,
        scope,
      }),
    );
    this.#norm = createTokenNorm(parameters, options.pool === 'avg' ? 'fc_norm' : 'norm', { channels: width });
  }

  variables() {
    return this.#parameters.variables;
  }

  buffers() {
    return this.#parameters.buffers;
  }

  /** @throws TesseraError `E_PATCH_SIZE` */
  tokensOf(height: number, width: number): number {
    const [rows, columns] = patchGrid(height, width, this.#options.patch);
    return rows * columns;
  }

  /**
   * With `pool: avg` these are the tokens that the mean is taken of: timm has no norm before it.
   * @throws TesseraError `E_INPUT_SHAPE`, `E_PATCH_SIZE`
   */
  tokens(x_BHWC: Tensor4D, forward: Forward, keep_BT?: Tensor2D): Tensor3D {
    return tidy(() => {
      const tokens_BTD = this.#run(x_BHWC, forward, keep_BT);
      return this.#options.pool === 'avg' ? tokens_BTD : this.#norm(tokens_BTD);
    });
  }

  /** @returns [B, featureDim], float32. @throws TesseraError `E_INPUT_SHAPE`, `E_PATCH_SIZE` */
  apply(x_BHWC: Tensor4D, forward: Forward): Tensor2D {
    return tidy(() => {
      const tokens_BTD = this.#run(x_BHWC, forward);
      const [images, tokens, width] = tokens_BTD.shape;
      if (this.#options.pool === 'token') {
        // The norm is of every token by itself, so that of the class token is all there is to compute.
        return this.#norm(reshape<Rank.R2>(slice(tokens_BTD, [0, 0, 0], [images, 1, width]), [images, width]));
      }
      const patches = slice(tokens_BTD, [0, this.prefixTokens, 0], [images, tokens - this.prefixTokens, width]);
      return this.#norm(mean<Tensor2D>(patches, 1));
    });
  }

  dispose(): void {
    this.#parameters.dispose();
  }

  /** Through all blocks, before any final norm. */
  #run(x_BHWC: Tensor4D, forward: Forward, keep_BT?: Tensor2D): Tensor3D {
    const [images, height, width, channels] = x_BHWC.shape;
    if (channels !== this.#inputChannels) throw wrongChannels(x_BHWC, this.#inputChannels);
    if (keep_BT && keep_BT.shape[0] !== images) throw wrongKeep(keep_BT, images);
    const grid = patchGrid(height, width, this.#options.patch);
    const { prefix_PD, patches_TD } = this.#positions(grid);
    const embedded = reshape<Rank.R3>(this.#embedPatches(x_BHWC), [images, grid[0] * grid[1], this.featureDim]);
    const placed_BTD = add<Tensor3D>(embedded, patches_TD);
    const patches_BTD = keep_BT ? keptPatches(placed_BTD, keep_BT) : placed_BTD;
    const start_BTD = this.#classToken
      ? concat<Tensor3D>([repeated(add<Tensor3D>(this.#classToken, prefix_PD), images), patches_BTD], 1)
      : patches_BTD;
    const start_RD = reshape<Rank.R2>(start_BTD, [-1, this.featureDim]);
    const last_RD = this.#blocks.reduce((x_RD, block) => block(x_RD, images, forward), start_RD);
    return reshape(last_RD, start_BTD.shape);
  }
}

/** [1, 1, D] -> [B, 1, D]; a sum and not a tile, whose gradient tfjs makes image by image. */
function repeated(token_11D: Tensor3D, images: number): Tensor3D {
  return add(zeros<Rank.R3>([images, 1, token_11D.shape[2]]), token_11D);
}

/** [B, T, D], [B, T'] -> [B, T', D]; from one list of all patches, because tfjs goes image by image otherwise. */
function keptPatches(x_BTD: Tensor3D, keep_BT: Tensor2D): Tensor3D {
  const [images, tokens, width] = x_BTD.shape;
  const firsts_B1 = reshape<Rank.R2>(range(0, images * tokens, tokens, 'int32'), [images, 1]);
  const places = reshape<Rank.R1>(add(keep_BT, firsts_B1), [-1]);
  return reshape(gather(reshape(x_BTD, [-1, width]), places), [images, keep_BT.shape[1], width]);
}

function wrongChannels({ shape }: Tensor4D, expected: number): TesseraError {
  return new TesseraError({
    code: 'E_INPUT_SHAPE',
    message: `the encoder got pixels of shape [${shape.join(', ')}], expected [batch, height, width, ${String(expected)}]`,
    next: 'Check the number of channels of the augmenter and of the images.',
  });
}

function wrongKeep({ shape }: Tensor2D, images: number): TesseraError {
  return new TesseraError({
    code: 'E_INPUT_SHAPE',
    message: `the encoder got patches to keep of shape [${shape.join(', ')}] for ${String(images)} images, expected [${String(images)}, patches]`,
    next: 'Give every image a row of positions.',
  });
}

/** The `vit` encoder. */
export const vitEncoder = defineEncoder({
  name: 'vit',
  summary:
    'Vision transformer of any patch, width, depth and heads, class token or average; timm names and initialisation.',
  options: vitOptions,
  tokens: true,
  check: vitDoubts,
  create: (options, context) => new VisionTransformer(options, context),
});
