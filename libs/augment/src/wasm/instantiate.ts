import { KERNELS_BASE64 } from './kernels.wasm.ts';
import type { Kernels } from './wasm-ops.ts';

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
