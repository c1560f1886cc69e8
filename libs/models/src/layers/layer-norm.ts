/**
 * Layer normalisation (Ba et al. 2016): every sample by its own mean and variance over all axes but the first, then scale and shift per
 * channel; torch's `GroupNorm(1, C)`, and `LayerNorm(C)` for [B, C]. Samples do not see each other, so no positive pair can leak
 * through the statistics. Nothing differs between training and evaluation, and there are no running statistics.
 */
import { toFloat32 } from '@tessera/engine';
import { add, mean, mul, relu, rsqrt, square, sub, type Rank, type Tensor } from '@tensorflow/tfjs-core';
import { constant } from '../initializers.ts';
import type { ParameterSet } from '../parameters.ts';
import type { AfterNorm, BatchNorm, BatchNormOptions } from './batch-norm.ts';

const EPSILON = 1e-5;

/** The same call as batch norm's, and the same names: `path.weight`, `path.bias`. */
export function createLayerNorm(
  parameters: ParameterSet,
  path: string,
  { channels, shift = true, gain = true, scale = 1 }: BatchNormOptions,
): BatchNorm {
  const gamma_C = gain
    ? parameters.variable<Rank.R1>(`${path}.weight`, [channels], 'norm', constant(scale))
    : undefined;
  const beta_C = shift ? parameters.variable<Rank.R1>(`${path}.bias`, [channels], 'norm', constant(0)) : undefined;
  return <T extends Tensor>(x: T, _forward: unknown, after: AfterNorm<T> = {}): T => {
    const x32 = toFloat32(x);
    const axes = x.shape.map((_, axis) => axis).slice(1);
    const centered = sub(x32, mean(x32, axes, true));
    const normalized = mul(centered, rsqrt(add(mean(square(centered), axes, true), EPSILON)));
    const gained = gamma_C ? mul(normalized, gamma_C) : normalized;
    const scaled = beta_C ? add(gained, beta_C) : gained;
    const summed = after.residual ? add(scaled, toFloat32(after.residual)) : scaled;
    return (after.relu ? relu(summed) : summed) as T;
  };
}
