import type { Forward } from '@tessera/core';
import { add, type Tensor2D } from '@tensorflow/tfjs-core';
import { gelu } from '../layers/gelu.ts';
import { createTokenNorm } from '../layers/token-norm.ts';
import type { ParameterSet } from '../parameters.ts';
import { createAttention, type AttentionOptions } from './attention.ts';
import { createDropPath } from './drop-path.ts';
import { createTokenLinear } from './token-linear.ts';

export interface VitBlockOptions extends AttentionOptions {
  /** Channels of the MLP's hidden layer. */
  readonly hidden: number;
  /** Probability that an image skips either branch in training. */
  readonly dropPath: number;
  /** Of the encoder: its layers draw by their full names. */
  readonly scope: string;
}

/** Rows of B images, those of an image together: [B T, D] -> [B T, D] */
export type VitBlock = (x_RD: Tensor2D, images: number, forward: Forward) => Tensor2D;

/** A pre-norm block: x += proj(attention(norm1 x)); x += fc2(gelu(fc1(norm2 x))). What the branches add to stays float32. */
export function createVitBlock(parameters: ParameterSet, path: string, options: VitBlockOptions): VitBlock {
  const { width, hidden, dropPath, scope } = options;
  const norm1 = createTokenNorm(parameters, `${path}.norm1`, { channels: width });
  const attend = createAttention(parameters, `${path}.attn`, options);
  const norm2 = createTokenNorm(parameters, `${path}.norm2`, { channels: width });
  const fc1 = createTokenLinear(parameters, `${path}.mlp.fc1`, { inDim: width, outDim: hidden });
  const fc2 = createTokenLinear(parameters, `${path}.mlp.fc2`, { inDim: hidden, outDim: width });
  const [drop1, drop2] = ([1, 2] as const).map((i) => createDropPath(`${scope}/${path}.drop_path${i}`, dropPath)) as [
    ReturnType<typeof createDropPath>,
    ReturnType<typeof createDropPath>,
  ];
  return (x_RD, images, forward) => {
    const attended_RD = add<Tensor2D>(x_RD, drop1(attend(norm1(x_RD), images), images, forward));
    return add(attended_RD, drop2(fc2(gelu(fc1(norm2(attended_RD)))), images, forward));
  };
}
