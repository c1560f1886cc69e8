import { googleCubicTaps } from './google-cubic-taps.ts';
import type { ResampleWeights, Span } from './input-weights.ts';
import { keysCubic } from './keys-cubic.ts';

/** Interpolation kernels with the names that torchvision and PIL give them, both antialiased; and google-research/simclr's, which is not. */
export type Interpolation = 'bilinear' | 'bicubic' | 'bicubic-google';

function triangle(x: number): number {
  const distance = Math.abs(x);
  return distance < 1 ? 1 - distance : 0;
}

/**
 * Weights of a resize along one axis, each row summing to 1. Antialiased (PIL's precompute_coeffs, in its order of operations; torch's
 * `_upsample_*_aa`): when shrinking, the kernel is stretched by the ratio; at the borders it is cut off and renormalised.
 * @param span the outputs that are wanted: row 0 is that of the first of them
 */
export function resampleTaps(
  inputs: number,
  outputs: number,
  interpolation: Interpolation,
  span: Span = [0, outputs],
): ResampleWeights<Float64Array> {
  if (interpolation === 'bicubic-google') return googleCubicTaps(inputs, outputs, span);
  const [from, until] = span;
  const ratio = inputs / outputs;
  const stretch = Math.max(1, ratio);
  const shrink = 1 / stretch;
  const kernel = interpolation === 'bilinear' ? triangle : keysCubic;
  const support = (interpolation === 'bilinear' ? 1 : 2) * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(until - from);
  const count = new Int32Array(until - from);
  const weights = new Float64Array((until - from) * stride);
  for (let o = 0; o < until - from; o++) {
    const centre = (from + o + 0.5) * ratio;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const taps = Math.min(inputs, Math.trunc(centre + support + 0.5)) - low;
    const begin = o * stride;
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const weight = kernel((k + low - centre + 0.5) * shrink);
      weights[begin + k] = weight;
      sum += weight;
    }
    for (let k = begin; k < begin + taps; k++) weights[k] = (weights[k] as number) / sum;
    first[o] = low;
    count[o] = taps;
  }
  return { first, count, weights, stride };
}

/** The same in float32. @param scale multiplies every weight, so that 1/255 costs nothing */
export function resampleWeights(
  inputs: number,
  outputs: number,
  interpolation: Interpolation,
  scale = 1,
  span?: Span,
): ResampleWeights {
  const { weights, ...taps } = resampleTaps(inputs, outputs, interpolation, span);
  return { ...taps, weights: Float32Array.from(weights, (weight) => weight * scale) };
}
