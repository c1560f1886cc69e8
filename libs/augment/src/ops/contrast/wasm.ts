import type { BlendKernels } from '../../shared/blend-kernels.ts';
import type { Address } from '../../wasm/wasm-memory.ts';
import type { WasmForms } from '../pixel-op.ts';

/** gray-sum.c */
export interface ContrastKernels extends BlendKernels {
  readonly gray_sum_bytes: (pixels: Address, count: number) => number;
  readonly gray_sum_floats: (pixels: Address, count: number) => number;
}

export const contrastWasm: WasmForms<[factor: number], ContrastKernels> = {
  floats: ({ gray_sum_floats, scale_floats }) => ({
    run: (pixels, factor) => {
      const count = pixels.length / 3;
      const mean = gray_sum_floats(pixels.byteOffset, count) / count;
      scale_floats(pixels.byteOffset, pixels.length, factor, (1 - factor) * mean);
    },
  }),
  bytes: ({ gray_sum_bytes, blend_bytes }) => ({
    run: (pixels, factor) => {
      if (factor === 1) return;
      const count = pixels.length / 3;
      const mean = Math.floor(gray_sum_bytes(pixels.byteOffset, count) / count + 0.5);
      blend_bytes(pixels.byteOffset, pixels.length, mean, factor);
    },
  }),
};
