import { hueTurn } from '../ops/hue/bytes.ts';
import { byteBox } from '../ops/gaussian-blur/pil-bytes.ts';
import { verticalFirst } from '../resample/resized-crop-bytes.ts';
import { thresholdByte } from '../ops/solarize/bytes.ts';
import type { PixelOps } from '../workbench/pixel-ops.ts';
import { byteOps as reference } from '../workbench/reference-ops.ts';
import type { Kernels } from './instantiate.ts';
import type { WasmMemory } from './wasm-memory.ts';
import { wasmOps, type PixelKernels } from './wasm-ops.ts';

/** PIL's ops on bytes in WebAssembly: the same bytes as the reference. */
export function wasmByteOps(kernels: Kernels, memory: WasmMemory): PixelOps<Uint8Array> {
  const blend = (pixels: Uint8Array, base: number, factor: number): void => {
    if (factor !== 1) kernels.blend_bytes(pixels.byteOffset, pixels.length, base, factor);
  };
  const own: PixelKernels<Uint8Array> = {
    resizeWork: kernels.resize_bytes_work,
    resize: kernels.resize_bytes,
    flip: kernels.flip_bytes,
    grayscale: kernels.grayscale_bytes,
    boxBlurWork: kernels.box_blur_bytes_work,
    boxBlur: kernels.box_blur_bytes,
    gaussianBlurWork: kernels.gaussian_blur_work,
    gaussianBlur: kernels.gaussian_blur_bytes,
    boxOf: byteBox,
    resizes: (_image, box, outHeight) => !verticalFirst(box, outHeight),
    brightness: (pixels, factor) => {
      blend(pixels, 0, factor);
    },
    contrast: (pixels, factor) => {
      const count = pixels.length / 3;
      blend(pixels, Math.floor(kernels.gray_sum_bytes(pixels.byteOffset, count) / count + 0.5), factor);
    },
    saturation: (pixels, factor) => {
      if (factor !== 1) kernels.saturation_bytes(pixels.byteOffset, pixels.length / 3, factor);
    },
    hue: (pixels, turns) => {
      kernels.hue_bytes(pixels.byteOffset, pixels.length / 3, hueTurn(turns));
    },
    solarize: (pixels, threshold) => {
      kernels.solarize_bytes(pixels.byteOffset, pixels.length, thresholdByte(threshold));
    },
  };
  return wasmOps(own, memory, reference);
}
