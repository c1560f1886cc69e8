import { fused, matMul, type Rank, type Tensor2D } from '@tensorflow/tfjs-core';
import { constant, normal } from '../initializers.ts';
import type { ParameterSet } from '../parameters.ts';

/** The deviation of timm's `trunc_normal_(std=.02)`, whose cut at -2 and 2 is a hundred deviations away. */
export const TIMM_DEVIATION = 0.02;

/**
 * y = x W + b with W [in, out], as timm initialises those of a ViT: weights normal with deviation 0.02, biases 0. The bias is added within
 * the product, so that under bf16 what leaves is bf16.
 * @returns [R, in] -> [R, out]
 */
export function createTokenLinear(
  parameters: ParameterSet,
  path: string,
  { inDim, outDim, bias = true }: { readonly inDim: number; readonly outDim: number; readonly bias?: boolean },
): (x_RD: Tensor2D) => Tensor2D {
  const weight_IO = parameters.variable<Rank.R2>(`${path}.weight`, [inDim, outDim], 'weight', normal(TIMM_DEVIATION));
  const bias_O = bias ? parameters.variable<Rank.R1>(`${path}.bias`, [outDim], 'bias', constant(0)) : undefined;
  return (x_RD) =>
    bias_O ? (fused.matMul({ a: x_RD, b: weight_IO, bias: bias_O }) as Tensor2D) : matMul<Tensor2D>(x_RD, weight_IO);
}
