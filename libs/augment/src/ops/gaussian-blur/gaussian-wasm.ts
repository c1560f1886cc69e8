import type { Address, WasmMemory } from '../../wasm/wasm-memory.ts';
import type { Pixels, WasmForm, WasmForms } from '../pixel-op.ts';
import { halfKernel, simclrKernelSize, type Border } from './gaussian-floats.ts';

type GaussianBlur = (
  pixels: Address,
  width: number,
  height: number,
  weights: Address,
  radius: number,
  zero: number,
  work: Address,
) => void;

/** gaussian.c */
export interface GaussianBlurKernels {
  readonly gaussian_blur_work: (width: number, radius: number) => number;
  readonly gaussian_blur_bytes: GaussianBlur;
  readonly gaussian_blur_floats: GaussianBlur;
}

type Arguments = [width: number, kernelSize: number, sigma: number, border: Border];

function gaussianBlur(
  { gaussian_blur_work: work }: GaussianBlurKernels,
  memory: WasmMemory,
  kernel: GaussianBlur,
): WasmForm<Pixels, Arguments> {
  return {
    needs: (_pixels, width, kernelSize, sigma) => {
      const half = halfKernel(kernelSize, sigma);
      return work(width, half.length - 1) + half.byteLength + 16;
    },
    run: (pixels, width, kernelSize, sigma, border) => {
      const half = halfKernel(kernelSize, sigma);
      const rest = memory.putFloats(half);
      const height = pixels.length / (width * 3);
      const zero = border === 'zero' ? 1 : 0;
      kernel(pixels.byteOffset, width, height, memory.work, half.length - 1, zero, rest);
    },
  };
}

export const gaussianBlurWasm: WasmForms<Arguments, GaussianBlurKernels> = {
  floats: (kernels, memory) => gaussianBlur(kernels, memory, kernels.gaussian_blur_floats),
  bytes: (kernels, memory) => gaussianBlur(kernels, memory, kernels.gaussian_blur_bytes),
  scratch: ({ gaussian_blur_work: work }, _type, width) => {
    const radius = (simclrKernelSize(width) - 1) / 2;
    return work(width, radius) + (radius + 4) * 4 + 16;
  },
};
