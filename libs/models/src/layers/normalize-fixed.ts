/** Batch normalisation with given statistics: evaluation, and training over a frozen backbone. */
import { toFloat32, tryKernel } from '@tessera/engine';
import {
  add,
  customGrad,
  mul,
  relu,
  reshape,
  rsqrt,
  step,
  sub,
  sum,
  tidy,
  type GradSaveFunc,
  type Rank,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import type { NormalizeInputs } from './normalize-batch.ts';

/** Constants: no gradient flows to them. */
export interface FixedStatistics {
  readonly mean_C: Tensor1D;
  readonly variance_C: Tensor1D;
}

export interface NormalizeFixedOptions {
  readonly epsilon: number;
  readonly relu: boolean;
}

/** y = act((x - mean) / sqrt(variance + eps) * gamma + beta [+ residual]); differentiable with respect to the inputs. */
export function normalizeFixed<T extends Tensor>(
  inputs: NormalizeInputs<T>,
  statistics: FixedStatistics,
  options: NormalizeFixedOptions,
): T {
  const { x, gamma_C, beta_C, residual } = inputs;
  const operation = customGrad<T>((...args) => {
    const save = args.at(-1) as GradSaveFunc;
    const y = fused(inputs, statistics, options) ?? composed(inputs, statistics, options);
    save([x, gamma_C, statistics.mean_C, statistics.variance_C, options.relu ? y : gamma_C]);
    return {
      value: y as T,
      gradFunc: (dy, saved) => tidy(() => gradients(dy, saved as Saved, options, residual !== undefined)),
    };
  });
  return residual ? operation(x, gamma_C, beta_C, residual) : operation(x, gamma_C, beta_C);
}

type Saved = [x: Tensor, gamma_C: Tensor1D, mean_C: Tensor1D, variance_C: Tensor1D, y: Tensor];

function fused(
  { x, gamma_C, beta_C, residual }: NormalizeInputs<Tensor>,
  { mean_C, variance_C }: FixedStatistics,
  { epsilon, relu: active }: NormalizeFixedOptions,
): Tensor | undefined {
  const tensors = {
    x,
    gamma: gamma_C,
    beta: beta_C,
    mean: mean_C,
    variance: variance_C,
    ...(residual && { residual }),
  };
  return tryKernel('TesseraBatchNormInfer', tensors, { epsilon, relu: active })?.[0];
}

function composed(
  { x, gamma_C, beta_C, residual }: NormalizeInputs<Tensor>,
  { mean_C, variance_C }: FixedStatistics,
  { epsilon, relu: active }: NormalizeFixedOptions,
): Tensor {
  const scale_C = mul(gamma_C, rsqrt(add(variance_C, epsilon)));
  const normalized = add(mul(x, scale_C), sub(beta_C, mul(mean_C, scale_C)));
  const summed = residual ? add(normalized, residual) : normalized;
  return active ? relu(summed) : summed;
}

function gradients(
  dy: Tensor,
  [x, gamma_C, mean_C, variance_C, y]: Saved,
  { epsilon, relu: active }: NormalizeFixedOptions,
  residual: boolean,
): Tensor[] {
  const dy32 = toFloat32(dy);
  const g = active ? mul(dy32, step(toFloat32(y))) : dy32;
  const g_NC = reshape<Rank.R2>(g, [-1, gamma_C.size]);
  const inverse_C = rsqrt(add<Tensor1D>(variance_C, epsilon));
  const normalized_NC = mul(sub(reshape(toFloat32(x), g_NC.shape), mean_C), inverse_C);
  const dx = mul(g, mul(gamma_C, inverse_C));
  const parameters = [sum(mul(g_NC, normalized_NC), 0), sum(g_NC, 0)];
  return residual ? [dx, ...parameters, g.clone()] : [dx, ...parameters];
}
