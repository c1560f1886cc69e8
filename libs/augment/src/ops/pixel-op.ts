import type { PixelType } from '@tessera/core';
import type { WasmMemory } from '../wasm/wasm-memory.ts';

/** Values of interleaved RGB: bytes as PIL computes with them, or floats in [0, 1] as torchvision does. */
export type Pixels = Uint8Array | Float32Array;

/**
 * One op on the pixels of a view, in every form that the host has, each in place: floats mean what torchvision means on float tensors,
 * bytes what it means on PIL images. `A` is what it takes besides pixels, `K` the WebAssembly kernels that it calls.
 */
export interface PixelOp<A extends readonly unknown[], K = unknown> {
  /** In plain TypeScript: the definition, and what runs where WebAssembly does not. @param pixels [height, width, 3] */
  readonly floats: (pixels: Float32Array, ...args: A) => void;
  readonly bytes: (pixels: Uint8Array, ...args: A) => void;
  /** The same in WebAssembly: equal on bytes, within rounding on floats. Absent: TypeScript only. */
  readonly wasm?: WasmForms<A, K>;
}

/** An op in WebAssembly, on both kinds of pixels. */
export interface WasmForms<A extends readonly unknown[], K> {
  readonly floats: (kernels: K, memory: WasmMemory) => WasmForm<Float32Array, A>;
  readonly bytes: (kernels: K, memory: WasmMemory) => WasmForm<Uint8Array, A>;
  /** Bytes of scratch to set aside for views of this size. Default none. */
  readonly scratch?: (kernels: K, type: PixelType, width: number, height: number) => number;
}

/** An op on pixels that lie in the kernels' memory. */
export interface WasmForm<P extends Pixels, A extends readonly unknown[]> {
  /** Bytes of scratch that it needs; where fewer are there, TypeScript computes it. Infinity: the kernels cannot. Default 0. */
  readonly needs?: (pixels: P, ...args: A) => number;
  readonly run: (pixels: P, ...args: A) => void;
}
