import { POSITIVE, requireNumbers } from '@tessera/core';

let line = new Float32Array(0);
let rows = new Float32Array(0);

/** Kernel size of SimCLR's blur: about a tenth of the side, odd (224 -> 23 taps, 32 -> 3). */
export function simclrKernelSize(size: number): number {
  return 2 * Math.floor(Math.floor(size / 10) / 2) + 1;
}

/** Normalised samples of a Gaussian at the integers around 0. @throws TesseraError `E_OPTION_INVALID` on an even kernel, or a sigma not above 0 */
export function gaussianKernel(kernelSize: number, sigma: number): Float64Array {
  requireNumbers('gaussianKernel', { sigma }, POSITIVE);
  const centre = (kernelSize - 1) / 2;
  requireNumbers('gaussianKernel', { '(kernelSize - 1) / 2': centre }, { integer: true, atLeast: 0 });
  const kernel = Float64Array.from({ length: kernelSize }, (_, i) => Math.exp(-0.5 * ((i - centre) / sigma) ** 2));
  const sum = kernel.reduce((a, b) => a + b, 0);
  return kernel.map((value) => value / sum);
}

/** The index that `index` mirrors to without repeating the edge: -1 -> 1, n -> n - 2. */
function reflect(index: number, count: number): number {
  if (count === 1) return 0;
  const period = 2 * (count - 1);
  const wrapped = ((index % period) + period) % period;
  return wrapped < count ? wrapped : period - wrapped;
}

/** Weights below this share are left out: they change no bit of a float32 sum that matters, and halve the work of small sigmas. */
const NEGLIGIBLE = 1e-9;

/** What lies outside of an image: its mirror image without repeating the edge (torchvision), or zeros (google-research/simclr). */
export type Border = 'reflect' | 'zero';

/** The kernel's weights of distance 0, 1, ... in float32, as far as they count. */
export function halfKernel(kernelSize: number, sigma: number): Float32Array {
  const half = gaussianKernel(kernelSize, sigma).subarray((kernelSize - 1) / 2);
  return Float32Array.from(half.filter((weight, distance) => distance === 0 || weight > NEGLIGIBLE));
}

/**
 * Separable Gaussian blur, in place: in float32, each way centre * w0 + sum over d of w_d * (left + right).
 * @param pixels [height, width, 3], interleaved @param kernelSize odd @param sigma in pixels
 * @param border `reflect` mirrors (torchvision's `gaussian_blur`); `zero` is dark outside (google-research/simclr's `gaussian_blur`)
 */
export function gaussianBlur(
  pixels: Float32Array,
  width: number,
  kernelSize: number,
  sigma: number,
  border: Border = 'reflect',
): void {
  const kernel = halfKernel(kernelSize, sigma);
  const radius = kernel.length - 1;
  const rowLength = width * 3;
  const height = pixels.length / rowLength;
  const f = Math.fround;
  const centre = kernel[0] as number;
  if (line.length < rowLength + radius * 6) line = new Float32Array(rowLength + radius * 6);
  if (rows.length < pixels.length) rows = new Float32Array(pixels.length);
  for (let y = 0; y < height; y++) {
    const row = y * rowLength;
    padLine(pixels, row, width, radius, border);
    for (let i = 0; i < rowLength; i++) {
      const at = i + radius * 3;
      let sum = f(centre * (line[at] as number));
      for (let d = 1; d <= radius; d++)
        sum = f(sum + f((kernel[d] as number) * f((line[at - d * 3] as number) + (line[at + d * 3] as number))));
      rows[row + i] = sum;
    }
  }
  for (let y = 0; y < height; y++) {
    const to = y * rowLength;
    for (let i = 0; i < rowLength; i++) pixels[to + i] = centre * (rows[to + i] as number);
    for (let d = 1; d <= radius; d++) {
      const weight = kernel[d] as number;
      const above = border === 'zero' && y < d ? -1 : reflect(y - d, height) * rowLength;
      const below = border === 'zero' && y + d >= height ? -1 : reflect(y + d, height) * rowLength;
      for (let i = 0; i < rowLength; i++) {
        const up = above < 0 ? 0 : (rows[above + i] as number);
        const down = below < 0 ? 0 : (rows[below + i] as number);
        pixels[to + i] = (pixels[to + i] as number) + f(weight * f(up + down));
      }
    }
  }
}

/** Copies a row into `line` with `radius` pixels of border on either side. */
function padLine(pixels: Float32Array, row: number, width: number, radius: number, border: Border): void {
  for (let x = -radius; x < width + radius; x++) {
    const to = (x + radius) * 3;
    const inside = x >= 0 && x < width;
    if (!inside && border === 'zero') {
      line.fill(0, to, to + 3);
      continue;
    }
    const from = row + (inside ? x : reflect(x, width)) * 3;
    line[to] = pixels[from] as number;
    line[to + 1] = pixels[from + 1] as number;
    line[to + 2] = pixels[from + 2] as number;
  }
}
