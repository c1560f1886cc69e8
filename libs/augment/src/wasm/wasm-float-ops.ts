import { boxWeights } from '../ops/gaussian-blur/pil-floats.ts';
import type { PixelOps } from '../workbench/pixel-ops.ts';
import { floatOps as reference } from '../workbench/reference-ops.ts';
import type { Kernels } from './instantiate.ts';
import type { WasmMemory } from './wasm-memory.ts';
import { wasmOps, type PixelKernels } from './wasm-ops.ts';

/**
 * torchvision's ops on floats in WebAssembly. The reference computes in double and rounds when it stores, these in float32 throughout:
 * single ops differ by 1e-6 at most (the Gaussian by nothing).
 */
export function wasmFloatOps(kernels: Kernels, memory: WasmMemory): PixelOps<Float32Array> {
  const own: PixelKernels<Float32Array> = {
    resizeWork: kernels.resize_floats_work,
    resize: kernels.resize_floats,
    flip: kernels.flip_floats,
    grayscale: kernels.grayscale_floats,
    boxBlurWork: kernels.box_blur_floats_work,
    boxBlur: kernels.box_blur_floats,
    gaussianBlurWork: kernels.gaussian_blur_work,
    gaussianBlur: kernels.gaussian_blur_floats,
    boxOf: boxWeights,
    resizes: ({ data }) => !(data instanceof Float32Array),
    brightness: (pixels, factor) => {
      kernels.scale_floats(pixels.byteOffset, pixels.length, factor, 0);
    },
    contrast: (pixels, factor) => {
      const count = pixels.length / 3;
      const mean = kernels.gray_sum_floats(pixels.byteOffset, count) / count;
      kernels.scale_floats(pixels.byteOffset, pixels.length, factor, (1 - factor) * mean);
    },
    saturation: (pixels, factor) => {
      kernels.saturation_floats(pixels.byteOffset, pixels.length / 3, factor);
    },
    hue: (pixels, turns) => {
      kernels.hue_floats(pixels.byteOffset, pixels.length / 3, turns * 6);
    },
    solarize: (pixels, threshold) => {
      kernels.solarize_floats(pixels.byteOffset, pixels.length, threshold);
    },
  };
  return wasmOps(own, memory, reference);
}
