import { resampleTaps, type Interpolation } from '../ops/resample-weights.ts';
import type { CropBox, SourcePixels } from '../ops/resized-crop.ts';

/** PIL's weights have 22 bits behind the point. */
const BITS = 22;

interface FixedWeights {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
  readonly stride: number;
}

function fixedWeights(inputs: number, outputs: number, interpolation: Interpolation): FixedWeights {
  const { first, count, weights, stride } = resampleTaps(inputs, outputs, interpolation);
  const fixed = Int32Array.from(weights, (weight) => Math.trunc(weight * 2 ** BITS + (weight < 0 ? -0.5 : 0.5)));
  return { first, count, weights: fixed, stride };
}

/** A sum of bytes times weights as a byte: rounded, clamped. */
function toByte(sum: number): number {
  const value = Math.floor((sum + 2 ** (BITS - 1)) / 2 ** BITS);
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/**
 * Cuts a box and resizes it, bit for bit as PIL's `crop(box).resize(size)` (torchvision's `RandomResizedCrop` on PIL images): horizontally
 * into bytes, then vertically. Only pixels inside the box are read.
 * @param image of bytes @param out [outHeight, outWidth, 3], interleaved
 */
export function resizedCropBytes(
  image: SourcePixels,
  box: CropBox,
  outHeight: number,
  outWidth: number,
  interpolation: Interpolation,
  out: Uint8Array,
): void {
  const across = fixedWeights(box.width, outWidth, interpolation);
  const down = fixedWeights(box.height, outHeight, interpolation);
  const rowLength = outWidth * 3;
  const rows = new Uint8Array(box.height * rowLength);
  for (let y = 0; y < box.height; y++) {
    const line = ((box.top + y) * image.width + box.left) * 3;
    for (let x = 0; x < outWidth; x++)
      for (let c = 0; c < 3; c++) rows[y * rowLength + x * 3 + c] = weigh(image.data, line + c, 3, across, x);
  }
  for (let y = 0; y < outHeight; y++)
    for (let i = 0; i < rowLength; i++) out[y * rowLength + i] = weigh(rows, i, rowLength, down, y);
}

/** One output of a pass over values that stand `step` apart. */
function weigh(
  data: SourcePixels['data'],
  start: number,
  step: number,
  { first, count, weights, stride }: FixedWeights,
  output: number,
): number {
  let sum = 0;
  let at = start + (first[output] as number) * step;
  const begin = output * stride;
  const end = begin + (count[output] as number);
  for (let k = begin; k < end; k++) {
    sum += (weights[k] as number) * (data[at] as number);
    at += step;
  }
  return toByte(sum);
}
