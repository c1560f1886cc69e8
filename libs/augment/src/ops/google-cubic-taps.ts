import type { ResampleWeights, Span } from './input-weights.ts';

/** TensorFlow looks the cubic up at this many places between two pixels. */
const STEPS = 1024;

const { fround } = Math;

/** Keys' cubic with a = -0.5 at a distance of up to 1, and of 1 to 2. */
const near = (d: number): number => (1.5 * d - 2.5) * d * d + 1;
const far = (d: number): number => (((d - 5) * d + 8) * d - 4) * -0.5;

/** lrintf: halves go to the even neighbour. */
function roundHalfToEven(x: number): number {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

/**
 * The four pixels around each output and their weights: `tf.image.resize(..., BICUBIC)` without antialias, as google-research/simclr's
 * data_util.py calls it (resize_bicubic_op.cc with half_pixel_centers). A picture that shrinks is sampled, not averaged. Pixels outside
 * have no weight; the others are scaled to sum to 1. Positions are computed in float32 and rounded to 1/1024 of a pixel, as there.
 */
export function googleCubicTaps(
  inputs: number,
  outputs: number,
  [from, until]: Span = [0, outputs],
): ResampleWeights<Float64Array> {
  const ratio = fround(inputs / outputs);
  const stride = 4;
  const first = new Int32Array(until - from);
  const count = new Int32Array(until - from);
  const weights = new Float64Array((until - from) * stride);
  for (let o = 0; o < until - from; o++) {
    const at = fround(fround((from + o + 0.5) * ratio) - 0.5);
    const left = Math.floor(at);
    const part = roundHalfToEven(fround(at - left) * STEPS) / STEPS;
    const around = [far(1 + part), near(part), near(1 - part), far(2 - part)];
    const low = Math.max(0, left - 1);
    const taps = Math.min(inputs, left + 3) - low;
    const inside = around.slice(low - left + 1, low - left + 1 + taps);
    const sum = inside.reduce((total, weight) => total + weight, 0);
    inside.forEach((weight, k) => (weights[o * stride + k] = weight / sum));
    first[o] = low;
    count[o] = taps;
  }
  return { first, count, weights, stride };
}
