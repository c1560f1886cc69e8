/**
 * Self-attention (Vaswani et al. 2017): softmax(q k^T / sqrt(d)) v for every head. Legend: B images, T tokens, R = B T rows, D width,
 * H heads of d = D / H channels.
 */
import { matMul, mul, reshape, softmax, split, transpose, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { ParameterSet } from '../parameters.ts';
import { createTokenLinear } from './token-linear.ts';

export interface AttentionOptions {
  readonly width: number;
  readonly heads: number;
  readonly qkvBias: boolean;
}

/** Variables `path.qkv` and `path.proj`; the columns of qkv are queries, keys, values, each head by head. */
export function createAttention(
  parameters: ParameterSet,
  path: string,
  { width, heads, qkvBias }: AttentionOptions,
): (x_RD: Tensor2D, images: number) => Tensor2D {
  const qkv = createTokenLinear(parameters, `${path}.qkv`, { inDim: width, outDim: 3 * width, bias: qkvBias });
  const project = createTokenLinear(parameters, `${path}.proj`, { inDim: width, outDim: width });
  return (x_RD, images) => {
    const tokens = x_RD.shape[0] / images;
    const byHead = (part_RD: Tensor2D): Tensor4D =>
      transpose(reshape(part_RD, [images, tokens, heads, width / heads]), [0, 2, 1, 3]);
    const [q_RD, k_RD, v_RD] = split<Tensor2D>(qkv(x_RD), 3, 1) as [Tensor2D, Tensor2D, Tensor2D];
    const y_BHTd = attention(byHead(q_RD), byHead(k_RD), byHead(v_RD));
    return project(reshape(transpose(y_BHTd, [0, 2, 1, 3]), [-1, width]));
  };
}

/** softmax(q k^T / sqrt(d)) v, all [B, H, T, d]; the softmax is float32 in bf16, too. */
export function attention(q_BHTd: Tensor4D, k_BHTd: Tensor4D, v_BHTd: Tensor4D): Tensor4D {
  const scores_BHTT = mul<Tensor4D>(matMul(q_BHTd, k_BHTd, false, true), 1 / Math.sqrt(q_BHTd.shape[3]));
  return matMul<Tensor4D>(softmax(scores_BHTT), v_BHTd);
}
