/**
 * Gradient clipping, torch's arithmetic (`torch.nn.utils.clip_grad_norm_`; facebookresearch/dino utils.py `clip_gradients`): times
 * max / (norm + 1e-6) where that is below 1.
 */
import { add, div, minimum, mul, tidy, type NamedTensorMap, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { globalNorm } from './global-norm.ts';
import { toFloat32 } from './to-float32.ts';

const EPSILON = 1e-6;

/** A gradient whose norm is at most `max`, float32. Call it within a tidy. @param max > 0 */
export function clippedToNorm(gradient: Tensor, max: number): Tensor {
  return mul(toFloat32(gradient), factorOf(globalNorm({ gradient }), max));
}

/**
 * All gradients scaled by one factor, so that their norm together is at most `max`. The caller disposes them.
 * @param norm of all of them @param max > 0
 */
export function clippedToGlobalNorm(gradients: Readonly<NamedTensorMap>, norm: Scalar, max: number): NamedTensorMap {
  return tidy(() => {
    const factor = factorOf(norm, max);
    return Object.fromEntries(Object.entries(gradients).map(([name, g]) => [name, mul(toFloat32(g), factor)]));
  });
}

function factorOf(norm: Scalar, max: number): Scalar {
  return minimum(div<Scalar>(max, add(norm, EPSILON)), 1);
}
