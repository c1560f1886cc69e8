import { halfKernel } from '../ops/gaussian-blur/gaussian-floats.ts';
import type { BoxWeights } from '../ops/gaussian-blur/pil-floats.ts';
import type { CropBox, SourcePixels } from '../resample/resized-crop.ts';
import type { Pixels, PixelOps } from '../workbench/pixel-ops.ts';
import type { Kernels } from './instantiate.ts';
import { KERNEL_CODES, MAX_BOX } from './limits.ts';
import type { WasmMemory } from './wasm-memory.ts';

/** One kind of pixels: its kernels where bytes and floats have the same, and its own arithmetic where they differ in more than a name. */
export interface PixelKernels<P extends Pixels> {
  readonly resizeWork: Kernels['resize_bytes_work'];
  readonly resize: Kernels['resize_bytes'];
  readonly flip: Kernels['flip_bytes'];
  readonly grayscale: Kernels['grayscale_bytes'];
  readonly boxBlurWork: Kernels['box_blur_bytes_work'];
  readonly boxBlur: Kernels['box_blur_bytes'];
  readonly gaussianBlurWork: Kernels['gaussian_blur_work'];
  readonly gaussianBlur: Kernels['gaussian_blur_bytes'];
  /** Whether the kernel can cut this box out of this image, which lies in its memory. */
  resizes(image: SourcePixels, box: CropBox, outHeight: number): boolean;
  brightness(pixels: P, factor: number): void;
  contrast(pixels: P, factor: number): void;
  saturation(pixels: P, factor: number): void;
  /** @param turns in [-0.5, 0.5] of the hue circle */
  hue(pixels: P, turns: number): void;
  /** @param threshold in [0, 1] */
  solarize(pixels: P, threshold: number): void;
  /** The box of PIL's blur; null: nothing to do. @param sigma pixels */
  boxOf(sigma: number): BoxWeights | null;
}

/** The ops on the canvas of the kernels' memory. What does not lie there, or is too large, goes to the reference. */
export function wasmOps<P extends Pixels>(
  kernels: PixelKernels<P>,
  memory: WasmMemory,
  reference: PixelOps<P>,
): PixelOps<P> {
  return {
    resizedCrop(image, box, outHeight, outWidth, interpolation, out) {
      const { width, height } = box;
      const work = kernels.resizeWork(width, height, outWidth, outHeight);
      if (!memory.allows(out, work) || !memory.holds(image.data) || !kernels.resizes(image, box, outHeight)) {
        reference.resizedCrop(image, box, outHeight, outWidth, interpolation, out);
        return;
      }
      kernels.resize(
        image.data.byteOffset + (box.top * image.width + box.left) * 3,
        image.width * 3,
        width,
        height,
        outWidth,
        outHeight,
        KERNEL_CODES[interpolation],
        out.byteOffset,
        memory.work,
      );
    },
    horizontalFlip(pixels, width) {
      if (!memory.allows(pixels)) reference.horizontalFlip(pixels, width);
      else kernels.flip(pixels.byteOffset, width, pixels.length / (width * 3), memory.work);
    },
    brightness(pixels, factor) {
      (memory.allows(pixels) ? kernels : reference).brightness(pixels, factor);
    },
    contrast(pixels, factor) {
      (memory.allows(pixels) ? kernels : reference).contrast(pixels, factor);
    },
    saturation(pixels, factor) {
      (memory.allows(pixels) ? kernels : reference).saturation(pixels, factor);
    },
    hue(pixels, turns) {
      (memory.allows(pixels) ? kernels : reference).hue(pixels, turns);
    },
    grayscale(pixels) {
      if (!memory.allows(pixels)) reference.grayscale(pixels);
      else kernels.grayscale(pixels.byteOffset, pixels.length / 3);
    },
    solarize(pixels, threshold) {
      (memory.allows(pixels) ? kernels : reference).solarize(pixels, threshold);
    },
    pilBlur(pixels, width, sigma) {
      const box = kernels.boxOf(sigma);
      if (!box) return;
      const height = pixels.length / (width * 3);
      if (box.whole > MAX_BOX || !memory.allows(pixels, kernels.boxBlurWork(width, height))) {
        reference.pilBlur(pixels, width, sigma);
        return;
      }
      kernels.boxBlur(pixels.byteOffset, width, height, box.whole, box.inner, box.outer, memory.work);
    },
    gaussianBlur(pixels, width, kernelSize, sigma, border) {
      const half = halfKernel(kernelSize, sigma);
      const radius = half.length - 1;
      const work = kernels.gaussianBlurWork(width, radius) + half.byteLength + 16;
      if (!memory.allows(pixels, work)) {
        reference.gaussianBlur(pixels, width, kernelSize, sigma, border);
        return;
      }
      const rest = memory.putFloats(half);
      const height = pixels.length / (width * 3);
      const zero = border === 'zero' ? 1 : 0;
      kernels.gaussianBlur(pixels.byteOffset, width, height, memory.work, radius, zero, rest);
    },
  };
}
