import { boxWeights } from '../ops/pil-blur.ts';
import { halfKernel } from '../ops/gaussian-blur.ts';
import type { PixelOps } from '../workbench/pixel-ops.ts';
import { floatOps as reference } from '../workbench/reference-ops.ts';
import type { Kernels } from './instantiate.ts';
import { KERNEL_CODES, MAX_BOX } from './limits.ts';
import type { WasmMemory } from './wasm-memory.ts';

/**
 * torchvision's ops on floats in WebAssembly. The reference computes in double and rounds when it stores, these in float32 throughout:
 * single ops differ by 1e-6 at most (the Gaussian by nothing). What does not lie on the canvas or is too large goes to the reference.
 */
export function wasmFloatOps(kernels: Kernels, memory: WasmMemory): PixelOps<Float32Array> {
  return {
    resizedCrop(image, box, outHeight, outWidth, interpolation, out) {
      const { width, height } = box;
      const work = kernels.resize_floats_work(width, height, outWidth, outHeight);
      const resident = memory.holds(image.data) && !(image.data instanceof Float32Array);
      if (!memory.allows(out, work) || !resident) {
        reference.resizedCrop(image, box, outHeight, outWidth, interpolation, out);
        return;
      }
      kernels.resize_floats(
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
      else kernels.flip_floats(pixels.byteOffset, width, pixels.length / (width * 3), memory.work);
    },
    brightness(pixels, factor) {
      if (!memory.allows(pixels)) reference.brightness(pixels, factor);
      else kernels.scale_floats(pixels.byteOffset, pixels.length, factor, 0);
    },
    contrast(pixels, factor) {
      if (!memory.allows(pixels)) {
        reference.contrast(pixels, factor);
        return;
      }
      const count = pixels.length / 3;
      const mean = kernels.gray_sum_floats(pixels.byteOffset, count) / count;
      kernels.scale_floats(pixels.byteOffset, pixels.length, factor, (1 - factor) * mean);
    },
    saturation(pixels, factor) {
      if (!memory.allows(pixels)) reference.saturation(pixels, factor);
      else kernels.saturation_floats(pixels.byteOffset, pixels.length / 3, factor);
    },
    hue(pixels, turns) {
      if (!memory.allows(pixels)) reference.hue(pixels, turns);
      else kernels.hue_floats(pixels.byteOffset, pixels.length / 3, turns * 6);
    },
    grayscale(pixels) {
      if (!memory.allows(pixels)) reference.grayscale(pixels);
      else kernels.grayscale_floats(pixels.byteOffset, pixels.length / 3);
    },
    solarize(pixels, threshold) {
      if (!memory.allows(pixels)) reference.solarize(pixels, threshold);
      else kernels.solarize_floats(pixels.byteOffset, pixels.length, threshold);
    },
    pilBlur(pixels, width, sigma) {
      const box = boxWeights(sigma);
      if (!box) return;
      const height = pixels.length / (width * 3);
      if (box.whole > MAX_BOX || !memory.allows(pixels, kernels.box_blur_floats_work(width, height))) {
        reference.pilBlur(pixels, width, sigma);
        return;
      }
      kernels.box_blur_floats(pixels.byteOffset, width, height, box.whole, box.inner, box.outer, memory.work);
    },
    gaussianBlur(pixels, width, kernelSize, sigma, border) {
      const half = halfKernel(kernelSize, sigma);
      const radius = half.length - 1;
      const work = kernels.gaussian_blur_work(width, radius) + half.byteLength + 16;
      if (!memory.allows(pixels, work)) {
        reference.gaussianBlur(pixels, width, kernelSize, sigma, border);
        return;
      }
      const rest = memory.putFloats(half);
      const height = pixels.length / (width * 3);
      const zero = border === 'zero' ? 1 : 0;
      kernels.gaussian_blur_floats(pixels.byteOffset, width, height, memory.work, radius, zero, rest);
    },
  };
}
