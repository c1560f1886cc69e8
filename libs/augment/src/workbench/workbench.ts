import type { RgbImage } from '@tessera/core';
import { wasmBench } from '../wasm/wasm-bench.ts';
import type { Bench, BenchNeeds } from './bench.ts';
import { referenceBench } from './reference-bench.ts';

/** Lays an image out for the fastest implementation that there is: WebAssembly, else, or for images and views too large for it, TypeScript. */
export function openBench(image: RgbImage, needs: BenchNeeds): Bench {
  return wasmBench(image, needs) ?? referenceBench(image, needs);
}
