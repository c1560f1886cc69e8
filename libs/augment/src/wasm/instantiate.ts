import { KERNELS_BASE64 } from './kernels.wasm.ts';

/** A place in the kernels' memory, bytes. */
export type Address = number;

/** What the C in libs/augment/wasm exports; lengths in values, sizes in pixels, `work` is scratch of the size that `*_work` names. */
export interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /** Where the memory that the kernels leave to their caller begins. */
  readonly __heap_base: { readonly value: Address };
  readonly resize_bytes_work: (width: number, height: number, outWidth: number, outHeight: number) => number;
  readonly resize_floats_work: (width: number, height: number, outWidth: number, outHeight: number) => number;
  readonly resize_bytes: (
    box: Address,
    pitch: number,
    width: number,
    height: number,
    outWidth: number,
    outHeight: number,
    kernel: number,
    out: Address,
    work: Address,
  ) => void;
  readonly resize_floats: Kernels['resize_bytes'];
  readonly flip_bytes: (pixels: Address, width: number, height: number, work: Address) => void;
  readonly flip_floats: Kernels['flip_bytes'];
  readonly blend_bytes: (pixels: Address, length: number, base: number, factor: number) => void;
  readonly scale_floats: (pixels: Address, length: number, factor: number, offset: number) => void;
  readonly gray_sum_bytes: (pixels: Address, count: number) => number;
  readonly gray_sum_floats: (pixels: Address, count: number) => number;
  readonly saturation_bytes: (pixels: Address, count: number, factor: number) => void;
  readonly saturation_floats: (pixels: Address, count: number, factor: number) => void;
  readonly hue_bytes: (pixels: Address, count: number, turn: number) => void;
  readonly hue_floats: (pixels: Address, count: number, sixths: number) => void;
  readonly grayscale_bytes: (pixels: Address, count: number) => void;
  readonly grayscale_floats: (pixels: Address, count: number) => void;
  readonly solarize_bytes: (pixels: Address, length: number, threshold: number) => void;
  readonly solarize_floats: (pixels: Address, length: number, threshold: number) => void;
  readonly box_blur_bytes_work: (width: number, height: number) => number;
  readonly box_blur_floats_work: (width: number, height: number) => number;
  readonly box_blur_bytes: (
    pixels: Address,
    width: number,
    height: number,
    whole: number,
    inner: number,
    outer: number,
    work: Address,
  ) => void;
  readonly box_blur_floats: Kernels['box_blur_bytes'];
  readonly gaussian_blur_work: (width: number, radius: number) => number;
  readonly gaussian_blur_bytes: (
    pixels: Address,
    width: number,
    height: number,
    weights: Address,
    radius: number,
    zero: number,
    work: Address,
  ) => void;
  readonly gaussian_blur_floats: Kernels['gaussian_blur_bytes'];
}

/** The part of the WebAssembly API that is used; TypeScript knows it as part of the browser's types only. */
interface WebAssemblyApi {
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/** Compiles the kernels. Null where there is no WebAssembly, or none with SIMD. */
export function instantiateKernels(): Kernels | null {
  const { WebAssembly } = globalThis as { readonly WebAssembly?: WebAssemblyApi };
  if (!WebAssembly) return null;
  try {
    const module = new WebAssembly.Module(Buffer.from(KERNELS_BASE64, 'base64'));
    return new WebAssembly.Instance(module).exports as Kernels;
  } catch {
    return null; // an engine without SIMD, or a process that may not compile: the TypeScript ops give the same pixels
  }
}
