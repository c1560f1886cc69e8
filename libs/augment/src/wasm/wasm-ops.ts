import type { Pixels, WasmForm } from '../ops/pixel-op.ts';
import { pixelOps, type PixelKernels, type PixelOps } from '../ops/pixel-ops.ts';
import { resizedCropWasm, type ResizeKernels } from '../resample/wasm.ts';
import { byteOps, floatOps } from '../workbench/reference-ops.ts';
import type { WasmBase, WasmMemory } from './wasm-memory.ts';

/** What the C of the ops and of `wasm/` exports. */
export type Kernels = WasmBase & ResizeKernels & PixelKernels;

/** The ops on floats. The reference computes in double and rounds when it stores, these in float32: they differ by 1e-6 (the Gaussian by nothing). */
export function wasmFloatOps(kernels: Kernels, memory: WasmMemory): PixelOps<Float32Array> {
  return {
    ...pixelOpsOf('floats', kernels, memory, floatOps),
    ...resizedCropWasm.floats(kernels, memory, floatOps),
  };
}

/** PIL's ops on bytes: the same bytes as the reference. */
export function wasmByteOps(kernels: Kernels, memory: WasmMemory): PixelOps<Uint8Array> {
  return { ...pixelOpsOf('bytes', kernels, memory, byteOps), ...resizedCropWasm.bytes(kernels, memory, byteOps) };
}

type Call<P extends Pixels> = (pixels: P, ...args: readonly unknown[]) => void;
type FormOf<P extends Pixels> = (kernels: Kernels, memory: WasmMemory) => WasmForm<P, readonly unknown[]>;

/** Every op of the table on the canvas of the kernels' memory. What does not lie there, or is too large, goes to the reference. */
function pixelOpsOf<P extends Pixels>(
  form: 'floats' | 'bytes',
  kernels: Kernels,
  memory: WasmMemory,
  reference: PixelOps<P>,
): PixelOps<P> {
  // What each op takes is in the table's type, which a loop over its names cannot follow.
  const typescript = reference as unknown as Readonly<Record<string, Call<P>>>;
  const ops = Object.entries(pixelOps).flatMap(([name, { wasm }]) => {
    if (!wasm) return [];
    const { needs, run } = (wasm[form] as unknown as FormOf<P>)(kernels, memory);
    const call: Call<P> = (pixels, ...args) => {
      if (memory.allows(pixels) && memory.allows(pixels, needs?.(pixels, ...args))) run(pixels, ...args);
      else typescript[name]?.(pixels, ...args);
    };
    return [[name, call] as const];
  });
  return { ...reference, ...(Object.fromEntries(ops) as unknown as PixelOps<P>) };
}

/** Bytes of scratch that the ops want for views of a size. */
export function scratchOf(kernels: Kernels, type: 'uint8' | 'float32', width: number, height: number): number {
  const wanted = Object.values(pixelOps).map(({ wasm }) => wasm?.scratch?.(kernels, type, width, height) ?? 0);
  return Math.max(...wanted);
}
