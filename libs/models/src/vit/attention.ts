import { reshape, type Rank, type Tensor2D } from '@tensorflow/tfjs-core';
import { attention } from '../layers/attention.ts';
import type { ParameterSet } from '../parameters.ts';
import { createTokenLinear } from './token-linear.ts';

export interface AttentionOptions {
  readonly width: number;
  readonly heads: number;
  readonly qkvBias: boolean;
}

/**
 * Self-attention between two linear layers, `path.qkv`, whose columns are queries, keys and values, each head by head, and `path.proj`.
 * @returns rows of B images, those of an image together: [B T, D] -> [B T, D]
 */
export function createAttention(
  parameters: ParameterSet,
  path: string,
  { width, heads, qkvBias }: AttentionOptions,
): (x_RD: Tensor2D, images: number) => Tensor2D {
  const qkv = createTokenLinear(parameters, `${path}.qkv`, { inDim: width, outDim: 3 * width, bias: qkvBias });
  const project = createTokenLinear(parameters, `${path}.proj`, { inDim: width, outDim: width });
  return (x_RD, images) => {
    const qkv_BTE = reshape<Rank.R3>(qkv(x_RD), [images, x_RD.shape[0] / images, 3 * width]);
    return project(reshape(attention(qkv_BTE, heads), x_RD.shape));
  };
}
