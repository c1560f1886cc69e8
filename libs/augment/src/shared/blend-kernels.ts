import type { Address } from '../wasm/wasm-memory.ts';

/** wasm/blend.c: all values blended with one. */
export interface BlendKernels {
  readonly blend_bytes: (pixels: Address, length: number, base: number, factor: number) => void;
  readonly scale_floats: (pixels: Address, length: number, factor: number, offset: number) => void;
}
