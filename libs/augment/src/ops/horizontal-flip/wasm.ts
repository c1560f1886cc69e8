import type { Address } from '../../wasm/wasm-memory.ts';
import type { WasmForms } from '../pixel-op.ts';

/** flip.c */
export interface FlipKernels {
  readonly flip_bytes: (pixels: Address, width: number, height: number, work: Address) => void;
  readonly flip_floats: (pixels: Address, width: number, height: number, work: Address) => void;
}

/** A line, and room for the ends of the last step. */
const lineOf = (width: number, bytesPerValue: number): number => width * 3 * bytesPerValue + 32;

export const horizontalFlipWasm: WasmForms<[width: number], FlipKernels> = {
  floats: ({ flip_floats }, memory) => ({
    needs: (_pixels, width) => lineOf(width, 4),
    run: (pixels, width) => {
      flip_floats(pixels.byteOffset, width, pixels.length / (width * 3), memory.work);
    },
  }),
  bytes: ({ flip_bytes }, memory) => ({
    needs: (_pixels, width) => lineOf(width, 1),
    run: (pixels, width) => {
      flip_bytes(pixels.byteOffset, width, pixels.length / (width * 3), memory.work);
    },
  }),
  scratch: (_kernels, type, width) => lineOf(width, type === 'uint8' ? 1 : 4),
};
