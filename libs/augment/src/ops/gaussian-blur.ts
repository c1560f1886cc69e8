let line = new Float32Array(0);
let rows = new Float32Array(0);

/** Kernel size of SimCLR's blur: about a tenth of the side, odd (224 -> 23 taps, 32 -> 3). */
export function simclrKernelSize(size: number): number {
  return 2 * Math.floor(Math.floor(size / 10) / 2) + 1;
}

/** Normalised samples of a Gaussian at the integers around 0. */
export function gaussianKernel(kernelSize: number, sigma: number): Float64Array {
  const centre = (kernelSize - 1) / 2;
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

/**
 * Separable Gaussian blur, in place.
 * @param pixels [height, width, 3], interleaved @param kernelSize odd @param sigma in pixels
 * @param border `reflect` mirrors (torchvision's `gaussian_blur`); `zero` is dark outside (google-research/simclr's `gaussian_blur`)
 */
export function gaussianBlur(
  pixels: Float32Array,
  width: number,
  kernelSize: number,
  sigma: number,
  border: 'reflect' | 'zero' = 'reflect',
): void {
  const kernel = gaussianKernel(kernelSize, sigma);
  const radius = (kernelSize - 1) / 2;
  const rowLength = width * 3;
  const height = pixels.length / rowLength;
  if (line.length < rowLength + radius * 6) line = new Float32Array(rowLength + radius * 6);
  if (rows.length < pixels.length) rows = new Float32Array(pixels.length);
  const centre = kernel[radius] as number;
  for (let y = 0; y < height; y++) {
    const row = y * rowLength;
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
    for (let i = 0; i < rowLength; i++) {
      const at = i + radius * 3;
      let sum = centre * (line[at] as number);
      for (let d = 1; d <= radius; d++) {
        sum += (kernel[radius + d] as number) * ((line[at - d * 3] as number) + (line[at + d * 3] as number));
      }
      rows[row + i] = sum;
    }
  }
  for (let y = 0; y < height; y++) {
    const to = y * rowLength;
    for (let i = 0; i < rowLength; i++) pixels[to + i] = centre * (rows[to + i] as number);
    for (let d = 1; d <= radius; d++) {
      const weight = kernel[radius + d] as number;
      if (border === 'reflect' || y >= d) addRow(pixels, to, reflect(y - d, height) * rowLength, rowLength, weight);
      if (border === 'reflect' || y + d < height)
        addRow(pixels, to, reflect(y + d, height) * rowLength, rowLength, weight);
    }
  }
}

function addRow(pixels: Float32Array, to: number, from: number, length: number, weight: number): void {
  for (let i = 0; i < length; i++) pixels[to + i] = (pixels[to + i] as number) + weight * (rows[from + i] as number);
}
