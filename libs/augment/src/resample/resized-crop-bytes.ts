import { inputsOf, type Span } from './input-weights.ts';
import { resampleTaps, type Interpolation } from './resample-weights.ts';
import { columnsOf, rowsOf, type CropBox, type SourcePixels } from './resized-crop.ts';

/** PIL's weights have 22 bits behind the point. */
const BITS = 22;

interface FixedWeights {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
  readonly stride: number;
}

function fixedWeights(inputs: number, outputs: number, interpolation: Interpolation, span: Span): FixedWeights {
  const { first, count, weights, stride } = resampleTaps(inputs, outputs, interpolation, span);
  const fixed = Int32Array.from(weights, (weight) => Math.trunc(weight * 2 ** BITS + (weight < 0 ? -0.5 : 0.5)));
  return { first, count, weights: fixed, stride };
}

/** A sum of bytes times weights as a byte: rounded, clamped. */
function toByte(sum: number): number {
  const value = Math.floor((sum + 2 ** (BITS - 1)) / 2 ** BITS);
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** Boxes higher than so many times their width are shrunk vertically first, as PIL does. */
const TALL = 100;

/** Whether PIL goes the other way round, and so rounds the other way round. */
export function verticalFirst(box: CropBox, outHeight: number): boolean {
  return box.height > box.width * TALL && outHeight < box.height;
}

/**
 * Cuts a box and resizes it, bit for bit as PIL's `crop(box).resize(size)` (torchvision's `RandomResizedCrop` on PIL images): horizontally
 * into bytes, then vertically ({@link verticalFirst}: vertically, then horizontally). Only pixels inside the box are read.
 * @param image of bytes @param out [outHeight, outWidth, 3], interleaved
 * @param window the part of the result that is wanted; `out` is only as large, and so is what it costs
 */
export function resizedCropBytes(
  image: SourcePixels,
  box: CropBox,
  outHeight: number,
  outWidth: number,
  interpolation: Interpolation,
  out: Uint8Array,
  window: CropBox = { top: 0, left: 0, height: outHeight, width: outWidth },
): void {
  const across = fixedWeights(box.width, outWidth, interpolation, columnsOf(window));
  const down = fixedWeights(box.height, outHeight, interpolation, rowsOf(window));
  const start = (box.top * image.width + box.left) * 3;
  const pitch = image.width * 3;
  const rowLength = window.width * 3;
  if (verticalFirst(box, outHeight)) {
    const boxLength = box.width * 3;
    const rows = new Uint8Array(window.height * boxLength);
    for (let y = 0; y < window.height; y++)
      for (let i = 0; i < boxLength; i++) rows[y * boxLength + i] = weigh(image.data, start + i, pitch, down, y);
    for (let y = 0; y < window.height; y++) weighRow(rows, y * boxLength, across, out, y * rowLength);
    return;
  }
  const [begin, end] = inputsOf(down);
  const rows = new Uint8Array((end - begin) * rowLength);
  for (let y = begin; y < end; y++) weighRow(image.data, start + y * pitch, across, rows, (y - begin) * rowLength);
  for (let y = 0; y < window.height; y++)
    for (let i = 0; i < rowLength; i++) out[y * rowLength + i] = weigh(rows, i - begin * rowLength, rowLength, down, y);
}

/** All outputs of the pass across one row. */
function weighRow(
  data: SourcePixels['data'],
  start: number,
  across: FixedWeights,
  out: Uint8Array,
  outStart: number,
): void {
  for (let x = 0; x < across.first.length; x++)
    for (let c = 0; c < 3; c++) out[outStart + x * 3 + c] = weigh(data, start + c, 3, across, x);
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
