import type { ResampleWeights, Span } from './input-weights.ts';
import { keysCubic } from './keys-cubic.ts';

/** TensorFlow looks the cubic up at this many places between two pixels. */
const STEPS = 1024;

const { fround } = Math;

/** lrintf: halves go to the even neighbour. */
function roundHalfToEven(x: number): number {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

/**
 * The four pixels around each output and their weights: `tf.image.resize(..., BICUBIC)` without antialias, as google-research/simclr's
 * data_util.py calls it (resize_bicubic_op.cc with half_pixel_centers). A picture that shrinks is sampled, not averaged. Pixels outside
 * have no weight; the others are scaled to sum to 1. Positions are computed in float32 and rounded to 1/1024 of a pixel, as there.
 * @param inputs pixels along the axis @param outputs pixels wanted of it @param span the outputs that are computed: row 0 is the first's
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
    const around = [-1, 0, 1, 2].map((pixel) => keysCubic(pixel - part));
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
