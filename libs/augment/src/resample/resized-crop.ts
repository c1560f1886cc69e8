import { inputsOf, type ResampleWeights, type Span } from './input-weights.ts';
import { resampleWeights, type Interpolation } from './resample-weights.ts';

/** A rectangle of pixels inside an image. */
export interface CropBox {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Interleaved RGB to read from: bytes, or floats. */
export interface SourcePixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray | Float32Array;
}

/** The op that a view begins with. */
export interface ResizedCrop<P extends Uint8Array | Float32Array> {
  /** Cuts a box and resizes it, antialiased. @param out [outHeight, outWidth, 3] */
  resizedCrop(
    image: SourcePixels,
    box: CropBox,
    outHeight: number,
    outWidth: number,
    interpolation: Interpolation,
    out: P,
  ): void;
}

let scratch = new Float32Array(0);

/**
 * Cuts a box and resizes it, antialiased: torchvision's `resized_crop(..., antialias=True)`. Bytes come out in [0, 1], floats keep their
 * range. Not clamped: bicubic overshoots a little, as in torchvision. Only pixels inside the box are read.
 * @param out [outHeight, outWidth, 3], interleaved
 * @param window the part of the result that is wanted; `out` is only as large, and so is what it costs
 */
export function resizedCrop(
  image: SourcePixels,
  box: CropBox,
  outHeight: number,
  outWidth: number,
  interpolation: Interpolation,
  out: Float32Array,
  window: CropBox = { top: 0, left: 0, height: outHeight, width: outWidth },
): void {
  const scale = image.data instanceof Float32Array ? 1 : 1 / 255;
  const across = resampleWeights(box.width, outWidth, interpolation, scale, columnsOf(window));
  const down = resampleWeights(box.height, outHeight, interpolation, 1, rowsOf(window));
  const [begin, end] = inputsOf(down);
  const rowLength = window.width * 3;
  if (scratch.length < (end - begin) * rowLength) scratch = new Float32Array((end - begin) * rowLength);
  resampleRows(image.data, image.width, { ...box, top: box.top + begin, height: end - begin }, across, scratch);
  resampleColumns(scratch, rowLength, { ...down, first: down.first.map((row) => row - begin) }, window.height, out);
}

/** Where a box lies along each axis. */
export function columnsOf({ left, width }: CropBox): Span {
  return [left, left + width];
}
export function rowsOf({ top, height }: CropBox): Span {
  return [top, top + height];
}

function resampleRows(
  data: SourcePixels['data'],
  width: number,
  box: CropBox,
  across: ResampleWeights,
  rows: Float32Array,
): void {
  const { first, count, weights, stride } = across;
  const outWidth = first.length;
  let to = 0;
  for (let y = 0; y < box.height; y++) {
    const line = ((box.top + y) * width + box.left) * 3;
    for (let x = 0; x < outWidth; x++) {
      let at = line + (first[x] as number) * 3;
      const begin = x * stride;
      const end = begin + (count[x] as number);
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let k = begin; k < end; k++) {
        const weight = weights[k] as number;
        red += weight * (data[at] as number);
        green += weight * (data[at + 1] as number);
        blue += weight * (data[at + 2] as number);
        at += 3;
      }
      rows[to] = red;
      rows[to + 1] = green;
      rows[to + 2] = blue;
      to += 3;
    }
  }
}

function resampleColumns(
  rows: Float32Array,
  rowLength: number,
  down: ResampleWeights,
  outHeight: number,
  out: Float32Array,
): void {
  const { first, count, weights, stride } = down;
  for (let y = 0; y < outHeight; y++) {
    const to = y * rowLength;
    const from = (first[y] as number) * rowLength;
    const begin = y * stride;
    const taps = count[y] as number;
    if (taps === 2) {
      const a = weights[begin] as number;
      const b = weights[begin + 1] as number;
      for (let x = 0; x < rowLength; x++)
        out[to + x] = a * (rows[from + x] as number) + b * (rows[from + rowLength + x] as number);
      continue;
    }
    const head = weights[begin] as number;
    for (let x = 0; x < rowLength; x++) out[to + x] = head * (rows[from + x] as number);
    for (let k = 1; k < taps; k++) {
      const weight = weights[begin + k] as number;
      const line = from + k * rowLength;
      for (let x = 0; x < rowLength; x++) out[to + x] = (out[to + x] as number) + weight * (rows[line + x] as number);
    }
  }
}
