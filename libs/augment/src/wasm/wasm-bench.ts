import type { RgbImage } from '@tessera/core';
import { simclrKernelSize } from '../ops/gaussian-blur/gaussian-floats.ts';
import type { Canvas } from '../workbench/pixel-ops.ts';
import type { Bench, BenchNeeds } from '../workbench/bench.ts';
import { wasmByteOps } from './wasm-byte-ops.ts';
import { wasmFloatOps } from './wasm-float-ops.ts';
import { instantiateKernels, type Kernels } from './instantiate.ts';
import { MAX_SIDE } from './limits.ts';
import { MAX_WASM_BYTES, WasmMemory } from './wasm-memory.ts';

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
  const radius = (simclrKernelSize(width) - 1) / 2;
  const [resizeWork, blurWork] =
    type === 'uint8'
      ? [
          kernels.resize_bytes_work(image.width, image.height, width, height),
          kernels.box_blur_bytes_work(width, height),
        ]
      : [
          kernels.resize_floats_work(image.width, image.height, width, height),
          kernels.box_blur_floats_work(width, height),
        ];
  const gaussianWork = kernels.gaussian_blur_work(width, radius) + (radius + 4) * 4;
  const fits = memory.reserve({
    canvas,
    work: Math.max(resizeWork, blurWork, gaussianWork),
    source,
  });
  if (!fits) return null;
  return {
    source: { width: image.width, height: image.height, data: memory.putSource(image.data) },
    canvas: (length): Canvas =>
      type === 'uint8'
        ? { type, pixels: memory.canvasBytes(length), ops: byteOps }
        : { type, pixels: memory.canvasFloats(length), ops: floatOps },
  };
}
