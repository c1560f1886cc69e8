import type { Address } from '../../wasm/wasm-memory.ts';
import type { WasmForms } from '../pixel-op.ts';
import { hueTurn } from './bytes.ts';

/** hue-bytes.c, hue-floats.c */
export interface HueKernels {
  readonly hue_bytes: (pixels: Address, count: number, turn: number) => void;
  readonly hue_floats: (pixels: Address, count: number, sixths: number) => void;
}

export const hueWasm: WasmForms<[turns: number], HueKernels> = {
  floats: ({ hue_floats }) => ({
    run: (pixels, turns) => {
      hue_floats(pixels.byteOffset, pixels.length / 3, turns * 6);
    },
  }),
  bytes: ({ hue_bytes }) => ({
    run: (pixels, turns) => {
      hue_bytes(pixels.byteOffset, pixels.length / 3, hueTurn(turns));
    },
  }),
};
