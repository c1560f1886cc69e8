import { add, matMul, type Rank, type Tensor2D } from '@tensorflow/tfjs-core';
import { constant, normal, torchLinear, truncatedNormal } from '../initializers.ts';
import type { ParameterSet } from '../parameters.ts';

export interface LinearOptions {
  readonly inDim: number;
  readonly outDim: number;
  readonly bias: boolean;
  /** torch: `nn.Linear`'s; google: weights normal with deviation 0.01, biases 0; vit: normal with deviation 0.02, cut off at 2, biases 0. */
  readonly init?: 'torch' | 'google' | 'vit';
}

/**
 * y = x W + b with W [in, out].
 * @param path of the variables; empty for `weight` and `bias` alone
 * @returns [B, in] -> [B, out]
 */
export function createLinear(
  parameters: ParameterSet,
  path: string,
  { inDim, outDim, bias, init = 'torch' }: LinearOptions,
): (x_BD: Tensor2D) => Tensor2D {
  const fill = { torch: torchLinear(inDim), google: normal(0.01), vit: truncatedNormal(0.02) }[init];
  const prefix = path === '' ? '' : `${path}.`;
  const weight_IO = parameters.variable<Rank.R2>(`${prefix}weight`, [inDim, outDim], 'weight', fill);
  const bias_O = bias
    ? parameters.variable<Rank.R1>(`${prefix}bias`, [outDim], 'bias', init === 'torch' ? fill : constant(0))
    : undefined;
  return (x_BD) => {
    const y_BD = matMul<Tensor2D>(x_BD, weight_IO);
    return bias_O ? add<Tensor2D>(y_BD, bias_O) : y_BD;
  };
}
