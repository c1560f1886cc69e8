import { requireNumbers } from '@tessera/core';

/** PIL blurs with three passes of an extended box each way. */
const PASSES = 3;

let other = new Float32Array(0);
let sums = new Float64Array(0);

/** The (fractional) box radius whose three passes have this sigma: Gwosdek et al. 2011, eqs. 7, 11, 14; PIL's `_gaussian_blur_radius`. @throws TesseraError `E_OPTION_INVALID` below 0 */
export function boxRadius(sigma: number): number {
  requireNumbers('pilBlur', { sigma }, { atLeast: 0 });
  const variance = (sigma * sigma) / PASSES;
  const whole = Math.floor((Math.sqrt(12 * variance + 1) - 1) / 2);
  const fraction = ((2 * whole + 1) * (whole * (whole + 1) - 3 * variance)) / (6 * (variance - (whole + 1) ** 2));
  return whole + fraction;
}

/** An extended box: 2 whole + 1 values weigh `inner` each, the two beyond them `outer`. */
export interface BoxWeights {
  readonly whole: number;
  readonly inner: number;
  readonly outer: number;
}

/** The box whose three passes have this sigma, its weights adding to 1; null: nothing to do. @param sigma standard deviation in pixels */
export function boxWeights(sigma: number): BoxWeights | null {
  const radius = boxRadius(sigma);
  if (!(radius > 0)) return null;
  const whole = Math.floor(radius);
  const inner = 1 / (2 * radius + 1);
  return { whole, inner, outer: (1 - (2 * whole + 1) * inner) / 2 };
}

/**
 * PIL's `GaussianBlur(radius=sigma)` on floats, in place: extended boxes, borders repeat the edge pixel. PIL rounds to bytes between the
 * passes, this does not. PIL calls the argument a radius, but it is the standard deviation: passing kernel size times sigma is a known
 * bug (lightly #1051) that cost SimCLR up to seven points.
 * @param pixels [height, width, 3], interleaved @param sigma standard deviation in pixels
 */
export function pilBlur(pixels: Float32Array, width: number, sigma: number): void {
  const box = boxWeights(sigma);
  if (!box) return;
  const { whole, inner, outer } = box;
  if (other.length < pixels.length) other = new Float32Array(pixels.length);
  if (sums.length < width * 3) sums = new Float64Array(width * 3);
  const length = pixels.length;
  blurRows(pixels, other, length, width, whole, inner, outer);
  blurRows(other, pixels, length, width, whole, inner, outer);
  blurRows(pixels, other, length, width, whole, inner, outer);
  blurColumns(other, pixels, length, width, whole, inner, outer);
  blurColumns(pixels, other, length, width, whole, inner, outer);
  blurColumns(other, pixels, length, width, whole, inner, outer);
}

function blurRows(
  from: Float32Array,
  to: Float32Array,
  length: number,
  width: number,
  whole: number,
  inner: number,
  outer: number,
): void {
  const rowLength = width * 3;
  for (let row = 0; row < length; row += rowLength) {
    const last = row + rowLength - 3;
    for (let channel = 0; channel < 3; channel++) {
      const first = row + channel;
      const end = last + channel;
      let sum = 0;
      for (let d = -whole; d <= whole; d++) sum += from[Math.min(end, Math.max(first, first + d * 3))] as number;
      for (let at = first; at <= end; at += 3) {
        const before = at - (whole + 1) * 3;
        const after = at + (whole + 1) * 3;
        const entering = from[after > end ? end : after] as number;
        to[at] = inner * sum + outer * ((from[before < first ? first : before] as number) + entering);
        const leaving = at - whole * 3;
        sum += entering - (from[leaving < first ? first : leaving] as number);
      }
    }
  }
}

function blurColumns(
  from: Float32Array,
  to: Float32Array,
  length: number,
  width: number,
  whole: number,
  inner: number,
  outer: number,
): void {
  const rowLength = width * 3;
  const last = length - rowLength;
  const rowAt = (offset: number): number => Math.min(last, Math.max(0, offset));
  sums.fill(0, 0, rowLength);
  for (let d = -whole; d <= whole; d++) {
    const row = rowAt(d * rowLength);
    for (let i = 0; i < rowLength; i++) sums[i] = (sums[i] as number) + (from[row + i] as number);
  }
  for (let row = 0; row < length; row += rowLength) {
    const before = rowAt(row - (whole + 1) * rowLength);
    const after = rowAt(row + (whole + 1) * rowLength);
    const leaving = rowAt(row - whole * rowLength);
    for (let i = 0; i < rowLength; i++) {
      const sum = sums[i] as number;
      const entering = from[after + i] as number;
      to[row + i] = inner * sum + outer * ((from[before + i] as number) + entering);
      sums[i] = sum + entering - (from[leaving + i] as number);
    }
  }
}
