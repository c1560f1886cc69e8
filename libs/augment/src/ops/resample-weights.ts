/** Interpolation kernels with the names that torchvision and PIL give them. */
export type Interpolation = 'bilinear' | 'bicubic';

/** Keys' cubic with a = -0.5: what PIL, and torch with `antialias=True`, call bicubic. */
const CUBIC_A = -0.5;

function triangle(x: number): number {
  const distance = Math.abs(x);
  return distance < 1 ? 1 - distance : 0;
}

function cubic(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return ((CUBIC_A + 2) * d - (CUBIC_A + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * CUBIC_A;
  return 0;
}

/** For each output position, which inputs it reads and how much of each. */
export interface ResampleWeights {
  /** First input of each output. */
  readonly first: Int32Array;
  /** Number of inputs of each output. */
  readonly count: Int32Array;
  /** Row `o` starts at `o * stride`; each row sums to `scale`. */
  readonly weights: Float32Array;
  readonly stride: number;
}

/**
 * Weights of an antialiased resize along one axis (PIL's precompute_coeffs; torch's `_upsample_*_aa`): when shrinking, the kernel is
 * stretched by the ratio; at the borders it is cut off and renormalised.
 * @param scale multiplies every weight, so that 1/255 costs nothing
 */
export function resampleWeights(
  inputs: number,
  outputs: number,
  interpolation: Interpolation,
  scale = 1,
): ResampleWeights {
  const ratio = inputs / outputs;
  const stretch = Math.max(1, ratio);
  const kernel = interpolation === 'bilinear' ? triangle : cubic;
  const support = (interpolation === 'bilinear' ? 1 : 2) * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outputs);
  const count = new Int32Array(outputs);
  const weights = new Float32Array(outputs * stride);
  const row = new Float64Array(stride);
  for (let o = 0; o < outputs; o++) {
    const centre = (o + 0.5) * ratio;
    const low = Math.max(0, Math.floor(centre - support + 0.5));
    const high = Math.min(inputs, Math.floor(centre + support + 0.5));
    let sum = 0;
    for (let i = low; i < high; i++) {
      const weight = kernel((i - centre + 0.5) / stretch);
      row[i - low] = weight;
      sum += weight;
    }
    for (let k = 0; k < high - low; k++) weights[o * stride + k] = ((row[k] as number) / sum) * scale;
    first[o] = low;
    count[o] = high - low;
  }
  return { first, count, weights, stride };
}
