import type { Address } from '../../wasm/wasm-memory.ts';
import type { WasmForms } from '../pixel-op.ts';

/** saturation.c */
export interface SaturationKernels {
  readonly saturation_bytes: (pixels: Address, count: number, factor: number) => void;
  readonly saturation_floats: (pixels: Address, count: number, factor: number) => void;
}

export const saturationWasm: WasmForms<[factor: number], SaturationKernels> = {
  floats: ({ saturation_floats }) => ({
    run: (pixels, factor) => {
      saturation_floats(pixels.byteOffset, pixels.length / 3, factor);
    },
  }),
  bytes: ({ saturation_bytes }) => ({
    run: (pixels, factor) => {
      if (factor !== 1) saturation_bytes(pixels.byteOffset, pixels.length / 3, factor);
    },
  }),
};
