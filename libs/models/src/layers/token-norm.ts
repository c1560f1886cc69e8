/**
 * Layer normalisation of tokens (Ba et al. 2016; torch's `LayerNorm(C)`): every row by the mean and the biased variance of its own channels, then
 * scale and shift per channel. `createLayerNorm` takes all axes but the first together, which for [B, T, C] would be another norm.
 * Legend: R rows (every axis but the last), C channels.
 */
import { toFloat32 } from '@tessera/engine';
import {
  add,
  customGrad,
  mean,
  mul,
  reshape,
  rsqrt,
  square,
  sub,
  sum,
  tidy,
  type GradSaveFunc,
  type Rank,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { constant } from '../initializers.ts';
import type { ParameterSet } from '../parameters.ts';

/** `path.weight` and `path.bias`. @param epsilon added to the variance; 1e-6 in ViTs @returns [..., C] -> [..., C], float32 */
export function createTokenNorm(
  parameters: ParameterSet,
  path: string,
  { channels, epsilon = 1e-6 }: { readonly channels: number; readonly epsilon?: number },
): <T extends Tensor>(x: T) => T {
  const gamma_C = parameters.variable<Rank.R1>(`${path}.weight`, [channels], 'norm', constant(1));
  const beta_C = parameters.variable<Rank.R1>(`${path}.bias`, [channels], 'norm', constant(0));
  return (x) => tokenNorm(x, gamma_C, beta_C, epsilon);
}

/** y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, in float32; differentiable in all three. */
export function tokenNorm<T extends Tensor>(x: T, gamma_C: Tensor1D, beta_C: Tensor1D, epsilon: number): T {
  const operation = customGrad<T>((...args) => {
    const [x_, gamma_, beta_, save] = args as [T, Tensor1D, Tensor1D, GradSaveFunc];
    const y = tidy(() => reshape(add(mul(standardised(x_, epsilon).hat_RC, gamma_), beta_), x_.shape)) as T;
    save([x_, gamma_]);
    return { value: y, gradFunc: (dy, saved) => tidy(() => gradient(dy, saved as [Tensor, Tensor1D], epsilon)) };
  });
  return operation(x, gamma_C, beta_C);
}

function rows(x: Tensor): Tensor2D {
  return reshape(toFloat32(x), [-1, x.shape.at(-1) ?? 1]);
}

function standardised(x: Tensor, epsilon: number): { readonly hat_RC: Tensor2D; readonly inverse_R1: Tensor2D } {
  const x_RC = rows(x);
  // Two passes: E[x^2] - mean^2 cancels where the mean is large.
  const centered_RC = sub<Tensor2D>(x_RC, mean(x_RC, 1, true));
  const inverse_R1 = rsqrt<Tensor2D>(add(mean(square(centered_RC), 1, true), epsilon));
  return { hat_RC: mul(centered_RC, inverse_R1), inverse_R1 };
}

/** With g = dy gamma: dx = (g - mean(g) - hat(x) mean(g hat(x))) / sigma, the means over a row's channels. */
function gradient(dy: Tensor, [x, gamma_C]: [Tensor, Tensor1D], epsilon: number): Tensor[] {
  const dy_RC = rows(dy);
  const { hat_RC, inverse_R1 } = standardised(x, epsilon);
  const g_RC = mul<Tensor2D>(dy_RC, gamma_C);
  const along_RC = mul(hat_RC, mean(mul(g_RC, hat_RC), 1, true));
  const dx_RC = mul(sub(sub(g_RC, mean(g_RC, 1, true)), along_RC), inverse_R1);
  return [reshape(dx_RC, x.shape), sum(mul(dy_RC, hat_RC), 0), sum(dy_RC, 0)];
}
