import type { RgbImage } from '@tessera/core';
import type { Canvas } from '../workbench/canvas.ts';
import type { Bench, BenchNeeds } from '../workbench/bench.ts';
import { instantiateKernels } from './instantiate.ts';
import { MAX_WASM_BYTES, WasmMemory } from './wasm-memory.ts';
import { scratchOf, wasmByteOps, wasmFloatOps, type Kernels } from './wasm-ops.ts';

/** The longest side of an image or a view, pixels. */
const MAX_SIDE = 2 ** 18;

interface Tools {
  readonly kernels: Kernels;
  readonly memory: WasmMemory;
  readonly byteOps: ReturnType<typeof wasmByteOps>;
  readonly floatOps: ReturnType<typeof wasmFloatOps>;
}

/** One instance a thread, made when it is first needed; null: WebAssembly does not run here. */
let tools: Tools | null | undefined;

function toolsOfThread(): Tools | null {
  if (tools !== undefined) return tools;
  const kernels = instantiateKernels();
  if (!kernels) return (tools = null);
  const memory = new WasmMemory(kernels);
  return (tools = { kernels, memory, byteOps: wasmByteOps(kernels, memory), floatOps: wasmFloatOps(kernels, memory) });
}

/** A bench in the kernels' memory. Null where they do not run, or where image and view are too large for the memory they may take. */
export function wasmBench(image: RgbImage, { type, width, height }: BenchNeeds): Bench | null {
  const found = toolsOfThread();
  if (!found) return null;
  const { kernels, memory, byteOps, floatOps } = found;
  const canvas = width * height * 3 * (type === 'uint8' ? 1 : 4);
  const source = image.width * image.height * 3;
  // Before the kernels reckon in 32 bits.
  if (Math.max(canvas, source) > MAX_WASM_BYTES || Math.max(image.width, image.height, width, height) > MAX_SIDE)
    return null;
  const resizeWork = type === 'uint8' ? kernels.resize_bytes_work : kernels.resize_floats_work;
  const work = Math.max(resizeWork(image.width, image.height, width, height), scratchOf(kernels, type, width, height));
  const fits = memory.reserve({ canvas, work, source });
  if (!fits) return null;
  return {
    source: { width: image.width, height: image.height, data: memory.putSource(image.data) },
    canvas: (length): Canvas =>
      type === 'uint8'
        ? { type, pixels: memory.canvasBytes(length), ops: byteOps }
        : { type, pixels: memory.canvasFloats(length), ops: floatOps },
  };
}
