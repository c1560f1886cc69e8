import type { Address } from '../../wasm/wasm-memory.ts';
import type { WasmForms } from '../pixel-op.ts';

/** grayscale.c */
export interface GrayscaleKernels {
  readonly grayscale_bytes: (pixels: Address, count: number) => void;
  readonly grayscale_floats: (pixels: Address, count: number) => void;
}

export const grayscaleWasm: WasmForms<[], GrayscaleKernels> = {
  floats: ({ grayscale_floats }) => ({
    run: (pixels) => {
      grayscale_floats(pixels.byteOffset, pixels.length / 3);
    },
  }),
  bytes: ({ grayscale_bytes }) => ({
    run: (pixels) => {
      grayscale_bytes(pixels.byteOffset, pixels.length / 3);
    },
  }),
};
