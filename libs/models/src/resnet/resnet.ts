import { resnetDoubts } from './doubts.ts';
import { defineEncoder, TesseraError, type Encoder, type Forward, type RandomKey } from '@tessera/core';
import { toFloat32 } from '@tessera/engine';
import { tidy, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { BatchNorm } from '../layers/batch-norm.ts';
import { createConv2d } from '../layers/conv2d.ts';
import { normFactory } from '../layers/norm.ts';
import { globalAveragePool, stemMaxPool } from '../layers/pooling.ts';
import { createRowShuffle, type RowShuffle } from '../layers/shuffle-rows.ts';
import { ParameterSet } from '../parameters.ts';
import { createBlock, EXPANSION, type Block } from './blocks.ts';
import { resnetOptions, resnetShape, type ResNetOptions } from './options.ts';

/** How an encoder is placed. */
export interface EncoderContext {
  readonly key: RandomKey;
  readonly inputChannels: number;
  /** Prefix of the variables' names. */
  readonly scope: string;
}

/**
 * ResNet without its classifier (He et al. 2016; torchvision's `resnet.py`, "v1.5"): stem, four stages, global average pool.
 * Variables are named as in torchvision, `scope/layer1.0.conv1.weight`.
 */
export class ResNet implements Encoder {
  readonly featureDim: number;
  readonly #parameters: ParameterSet;
  readonly #inputChannels: number;
  readonly #stemConv: (x_BHWC: Tensor4D) => Tensor4D;
  readonly #stemNorm: BatchNorm;
  readonly #pooled: boolean;
  readonly #padding: 'torch' | 'tensorflow';
  readonly #shuffle: RowShuffle | undefined;
  readonly #blocks: readonly Block[];

  constructor(options: ResNetOptions, { key, inputChannels, scope }: EncoderContext) {
    const shape = resnetShape(options);
    const parameters = new ParameterSet(scope, key);
    const imagenet = options.stem === 'imagenet';
    const { init, zeroInitLastGamma } = options;
    const norm = normFactory(options);
    this.#padding = init === 'google' ? 'tensorflow' : 'torch';
    this.#shuffle = options.norm === 'shuffled' ? createRowShuffle(scope) : undefined;
    this.#parameters = parameters;
    this.#inputChannels = inputChannels;
    this.#pooled = imagenet;
    this.#stemConv = createConv2d(parameters, 'conv1', {
      inChannels: inputChannels,
      outChannels: shape.channels,
      kernel: imagenet ? 7 : 3,
      stride: imagenet ? 2 : 1,
      init,
    });
    this.#stemNorm = norm(parameters, 'bn1', { channels: shape.channels });
    let inChannels = shape.channels;
    this.#blocks = shape.blocks.flatMap((count, stage) =>
      Array.from({ length: count }, (_, i) => {
        const channels = shape.channels * 2 ** stage;
        const block = createBlock(shape.block, parameters, `layer${stage + 1}.${i}`, {
          inChannels,
          channels,
          stride: stage > 0 && i === 0 ? 2 : 1,
          // block_group of google's resnet.py: the first block of every group projects. torchvision's first group of basic blocks does not.
          project: init === 'google' && i === 0,
          zeroInitLastGamma,
          norm,
          init,
        });
        inChannels = channels * EXPANSION[shape.block];
        return block;
      }),
    );
    this.featureDim = inChannels;
  }

  variables() {
    return this.#parameters.variables;
  }

  buffers() {
    return this.#parameters.buffers;
  }

  /** @returns [B, featureDim], float32. @throws TesseraError `E_INPUT_SHAPE` */
  apply(x_BHWC: Tensor4D, forward: Forward): Tensor2D {
    if (x_BHWC.shape[3] !== this.#inputChannels) {
      throw new TesseraError({
        code: 'E_INPUT_SHAPE',
        message: `the encoder got pixels of shape [${x_BHWC.shape.join(', ')}], expected [batch, height, width, ${this.#inputChannels}]`,
        next: 'Check the number of channels of the augmenter and of the images.',
      });
    }
    return tidy(() =>
      this.#shuffle
        ? this.#shuffle(x_BHWC, forward, (shuffled) => this.#features(shuffled, forward))
        : this.#features(x_BHWC, forward),
    );
  }

  #features(x_BHWC: Tensor4D, forward: Forward): Tensor2D {
    const stem = this.#stemNorm(this.#stemConv(x_BHWC), forward, { relu: true });
    const start = this.#pooled ? stemMaxPool(stem, this.#padding) : stem;
    const last = this.#blocks.reduce((features, block) => block(features, forward), start);
    return toFloat32(globalAveragePool(last));
  }

  dispose(): void {
    this.#parameters.dispose();
  }
}

/** The `resnet` encoder. */
export const resnetEncoder = defineEncoder({
  name: 'resnet',
  summary:
    'ResNet (basic or bottleneck blocks, any width) with the ImageNet or the CIFAR stem; torchvision names and initialisation.',
  options: resnetOptions,
  check: resnetDoubts,
  create: (options, context) => new ResNet(options, context),
});
