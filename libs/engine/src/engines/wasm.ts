import * as tf from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import type { LoadedEngine } from '../names.ts';
import { offerExactSums } from '../wasm/exact-sums.ts';
import { registerWasmKernels } from '../wasm/register.ts';
import { loadCpu } from './cpu.ts';

/** tfjs on XNNPACK compiled to WebAssembly: installs everywhere. One thread: tfjs supports no wasm threads in Node (tfjs issue 3830). */
export async function loadWasm(): Promise<LoadedEngine> {
  const { setWasmPaths, version_wasm } = await import('@tensorflow/tfjs-backend-wasm');
  // Some kernels are borrowed from tfjs's plain JavaScript; see wasm/cpu-fallback.ts.
  await loadCpu();
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(main) + sep);
  registerWasmKernels();
  await withoutProcessHandlers(() => tf.setBackend('wasm'));
  offerExactSums(tf.backend());
  return { detail: `tfjs-backend-wasm ${version_wasm}, one thread`, precisions: ['f32'] };
}

/**
 * Emscripten's start-up code adds process-wide handlers that throw every unhandled error again from within its own minified file, which
 * then fills the screen. Errors belong to the program, so the handlers go.
 */
async function withoutProcessHandlers(start: () => Promise<unknown>): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = new Set(events.flatMap((event) => process.rawListeners(event)));
  await start();
  for (const event of events) {
    for (const listener of process.rawListeners(event)) {
      if (!before.has(listener)) process.removeListener(event, listener as (...args: unknown[]) => void);
    }
  }
}
