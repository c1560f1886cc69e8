import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import type { LoadedEngine } from '../names.ts';
import { loadCpu } from './cpu.ts';
import { registerWasmKernels } from '../wasm/register.ts';

/** tfjs on XNNPACK compiled to WebAssembly: installs everywhere. One thread: tfjs supports no wasm threads in Node (tfjs issue 3830). */
export async function loadWasm(): Promise<LoadedEngine> {
  const { setWasmPaths, version_wasm } = await import('@tensorflow/tfjs-backend-wasm');
  // Some kernels are borrowed from tfjs's plain JavaScript; see wasm/cpu-fallback.ts.
  await loadCpu();
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(main) + sep);
  registerWasmKernels();
  return { detail: `tfjs-backend-wasm ${version_wasm}, one thread`, precisions: ['f32'] };
}
