/** Residual blocks (He et al. 2016) with torchvision's structure and names. */
import type { Forward } from '@tessera/core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { createConv2d, type ConvInit } from '../layers/conv2d.ts';
import type { NormFactory } from '../layers/norm.ts';
import type { ParameterSet } from '../parameters.ts';
import type { BlockKind } from './options.ts';

export interface BlockOptions {
  readonly inChannels: number;
  /** Inner channels; a bottleneck's output has four times as many. */
  readonly channels: number;
  readonly stride: number;
  /** A 1x1 convolution and batch norm on the shortcut even where the shape stays. */
  readonly project: boolean;
  readonly zeroInitLastGamma: boolean;
  readonly norm: NormFactory;
  /** First values of a convolution's weights. */
  readonly init: ConvInit;
}

/** [B, H, W, in] -> [B, H / stride, W / stride, channels * expansion] */
export type Block = (x_BHWC: Tensor4D, forward: Forward) => Tensor4D;

/** Output channels per inner channel. */
export const EXPANSION: Readonly<Record<BlockKind, number>> = { basic: 1, bottleneck: 4 };

export function createBlock(kind: BlockKind, parameters: ParameterSet, path: string, options: BlockOptions): Block {
  return kind === 'basic' ? createBasic(parameters, path, options) : createBottleneck(parameters, path, options);
}

function createBasic(parameters: ParameterSet, path: string, options: BlockOptions): Block {
  const { inChannels, channels, stride, zeroInitLastGamma, norm, init } = options;
  const conv1 = createConv2d(parameters, `${path}.conv1`, {
    inChannels,
    outChannels: channels,
    kernel: 3,
    stride,
    init,
  });
  const norm1 = norm(parameters, `${path}.bn1`, { channels });
  const conv2 = createConv2d(parameters, `${path}.conv2`, {
    inChannels: channels,
    outChannels: channels,
    kernel: 3,
    stride: 1,
    init,
  });
  const norm2 = norm(parameters, `${path}.bn2`, { channels, scale: zeroInitLastGamma ? 0 : 1 });
  const shortcut = createShortcut(parameters, path, options, channels);
  return (x, forward) => {
    const inner = norm1(conv1(x), forward, { relu: true });
    return norm2(conv2(inner), forward, { residual: shortcut(x, forward), relu: true });
  };
}

/** The stride is on the 3x3 convolution ("v1.5"), as in torchvision. */
function createBottleneck(parameters: ParameterSet, path: string, options: BlockOptions): Block {
  const { inChannels, channels, stride, zeroInitLastGamma, norm, init } = options;
  const outChannels = channels * EXPANSION.bottleneck;
  const conv1 = createConv2d(parameters, `${path}.conv1`, {
    inChannels,
    outChannels: channels,
    kernel: 1,
    stride: 1,
    init,
  });
  const norm1 = norm(parameters, `${path}.bn1`, { channels });
  const conv2 = createConv2d(parameters, `${path}.conv2`, {
    inChannels: channels,
    outChannels: channels,
    kernel: 3,
    stride,
    init,
  });
  const norm2 = norm(parameters, `${path}.bn2`, { channels });
  const conv3 = createConv2d(parameters, `${path}.conv3`, {
    inChannels: channels,
    outChannels,
    kernel: 1,
    stride: 1,
    init,
  });
  const norm3 = norm(parameters, `${path}.bn3`, { channels: outChannels, scale: zeroInitLastGamma ? 0 : 1 });
  const shortcut = createShortcut(parameters, path, options, outChannels);
  return (x, forward) => {
    const reduced = norm1(conv1(x), forward, { relu: true });
    const inner = norm2(conv2(reduced), forward, { relu: true });
    return norm3(conv3(inner), forward, { residual: shortcut(x, forward), relu: true });
  };
}

/** The identity, or a 1x1 convolution and batch norm where the shape changes or `project` asks for them. */
function createShortcut(
  parameters: ParameterSet,
  path: string,
  { inChannels, stride, project, norm: createNorm, init }: BlockOptions,
  outChannels: number,
): Block {
  if (!project && stride === 1 && inChannels === outChannels) return (x) => x;
  const conv = createConv2d(parameters, `${path}.downsample.0`, { inChannels, outChannels, kernel: 1, stride, init });
  const norm = createNorm(parameters, `${path}.downsample.1`, { channels: outChannels });
  return (x, forward) => norm(conv(x), forward);
}
