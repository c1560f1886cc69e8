import type { Address } from '../../wasm/wasm-memory.ts';
import type { WasmForms } from '../pixel-op.ts';
import { thresholdByte } from './bytes.ts';

/** solarize.c */
export interface SolarizeKernels {
  readonly solarize_bytes: (pixels: Address, length: number, threshold: number) => void;
  readonly solarize_floats: (pixels: Address, length: number, threshold: number) => void;
}

export const solarizeWasm: WasmForms<[threshold: number], SolarizeKernels> = {
  floats: ({ solarize_floats }) => ({
    run: (pixels, threshold) => {
      solarize_floats(pixels.byteOffset, pixels.length, threshold);
    },
  }),
  bytes: ({ solarize_bytes }) => ({
    run: (pixels, threshold) => {
      solarize_bytes(pixels.byteOffset, pixels.length, thresholdByte(threshold));
    },
  }),
};
