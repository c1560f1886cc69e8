import { byteBox } from '../byte-ops/pil-blur-bytes.ts';
import { verticalFirst } from '../byte-ops/resized-crop-bytes.ts';
import { hueTurn } from '../byte-ops/hue-bytes.ts';
import { thresholdByte } from '../byte-ops/solarize-bytes.ts';
import { halfKernel } from '../ops/gaussian-blur.ts';
import type { PixelOps } from '../workbench/pixel-ops.ts';
import { byteOps as reference } from '../workbench/reference-ops.ts';
import type { Kernels } from './instantiate.ts';
import { KERNEL_CODES, MAX_BOX } from './limits.ts';
import type { WasmMemory } from './wasm-memory.ts';

/** PIL's ops on bytes in WebAssembly: the same bytes as the reference, to which goes what does not lie on the canvas or is too large. */
export function wasmByteOps(kernels: Kernels, memory: WasmMemory): PixelOps<Uint8Array> {
  const blend = (pixels: Uint8Array, base: number, factor: number): void => {
    if (factor !== 1) kernels.blend_bytes(pixels.byteOffset, pixels.length, base, factor);
  };
  return {
    resizedCrop(image, box, outHeight, outWidth, interpolation, out) {
      const { width, height } = box;
      const work = kernels.resize_bytes_work(width, height, outWidth, outHeight);
      if (!memory.allows(out, work) || !memory.holds(image.data) || verticalFirst(box, outHeight)) {
        reference.resizedCrop(image, box, outHeight, outWidth, interpolation, out);
        return;
      }
      kernels.resize_bytes(
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
      else kernels.flip_bytes(pixels.byteOffset, width, pixels.length / (width * 3), memory.work);
    },
    brightness(pixels, factor) {
      if (!memory.allows(pixels)) reference.brightness(pixels, factor);
      else blend(pixels, 0, factor);
    },
    contrast(pixels, factor) {
      if (!memory.allows(pixels)) {
        reference.contrast(pixels, factor);
        return;
      }
      const count = pixels.length / 3;
      blend(pixels, Math.floor(kernels.gray_sum_bytes(pixels.byteOffset, count) / count + 0.5), factor);
    },
    saturation(pixels, factor) {
      if (!memory.allows(pixels)) reference.saturation(pixels, factor);
      else if (factor !== 1) kernels.saturation_bytes(pixels.byteOffset, pixels.length / 3, factor);
    },
    hue(pixels, turns) {
      if (!memory.allows(pixels)) reference.hue(pixels, turns);
      else kernels.hue_bytes(pixels.byteOffset, pixels.length / 3, hueTurn(turns));
    },
    grayscale(pixels) {
      if (!memory.allows(pixels)) reference.grayscale(pixels);
      else kernels.grayscale_bytes(pixels.byteOffset, pixels.length / 3);
    },
    solarize(pixels, threshold) {
      if (!memory.allows(pixels)) reference.solarize(pixels, threshold);
      else kernels.solarize_bytes(pixels.byteOffset, pixels.length, thresholdByte(threshold));
    },
    pilBlur(pixels, width, sigma) {
      const box = byteBox(sigma);
      if (!box) return;
      const height = pixels.length / (width * 3);
      if (box.whole > MAX_BOX || !memory.allows(pixels, kernels.box_blur_bytes_work(width, height))) {
        reference.pilBlur(pixels, width, sigma);
        return;
      }
      kernels.box_blur_bytes(pixels.byteOffset, width, height, box.whole, box.inner, box.outer, memory.work);
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
      kernels.gaussian_blur_bytes(pixels.byteOffset, width, height, memory.work, radius, zero, rest);
    },
  };
}
