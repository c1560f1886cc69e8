import type { BoxWeights } from './pil-floats.ts';

/** PIL blurs with three passes of an extended box each way. */
const PASSES = 3;

/**
 * PIL's `_gaussian_blur_radius` and weights, float32 by float32, the weights adding to 2^24; null: nothing to do.
 * @param sigma standard deviation in pixels
 */
export function byteBox(sigma: number): BoxWeights | null {
  const f = Math.fround;
  const variance = f(f(f(sigma) * f(sigma)) / PASSES);
  const length = f(Math.sqrt(12 * variance + 1));
  const whole = Math.floor((length - 1) / 2);
  const above = f(f(2 * whole + 1) * f(f(whole * f(whole + 1)) - f(3 * variance)));
  const below = f(6 * f(variance - f(f(whole + 1) * f(whole + 1))));
  const radius = f(whole + f(above / below));
  if (!(radius > 0)) return null;
  const inner = Math.trunc(f(2 ** 24 / f(f(radius * 2) + 1)));
  const taps = Math.trunc(radius);
  return { whole: taps, inner, outer: Math.floor((2 ** 24 - (2 * taps + 1) * inner) / 2) };
}

/**
 * PIL's `GaussianBlur(radius=sigma)`, in place, bit for bit: rounded to bytes after each of its six passes; borders repeat the edge pixel.
 * @param pixels [height, width, 3], interleaved @param sigma standard deviation in pixels
 */
export function pilBlurBytes(pixels: Uint8Array, width: number, sigma: number): void {
  const box = byteBox(sigma);
  if (!box) return;
  const height = pixels.length / (width * 3);
  const line = new Uint8Array(Math.max(width, height));
  for (let y = 0; y < height; y++) for (let c = 0; c < 3; c++) blurLine(pixels, y * width * 3 + c, 3, width, box, line);
  for (let x = 0; x < width; x++) for (let c = 0; c < 3; c++) blurLine(pixels, x * 3 + c, width * 3, height, box, line);
}

/** All passes over the `count` bytes that stand `step` apart from `start` on. */
function blurLine(
  pixels: Uint8Array,
  start: number,
  step: number,
  count: number,
  box: BoxWeights,
  line: Uint8Array,
): void {
  const { whole, inner, outer } = box;
  const last = count - 1;
  const at = (i: number): number => line[i < 0 ? 0 : i > last ? last : i] as number;
  for (let pass = 0; pass < PASSES; pass++) {
    for (let i = 0; i < count; i++) line[i] = pixels[start + i * step] as number;
    let sum = 0;
    for (let d = -whole; d <= whole; d++) sum += at(d);
    for (let i = 0; i < count; i++) {
      const weighed = sum * inner + (at(i - whole - 1) + at(i + whole + 1)) * outer;
      pixels[start + i * step] = Math.floor((weighed + 2 ** 23) / 2 ** 24);
      sum += at(i + whole + 1) - at(i - whole);
    }
  }
}
