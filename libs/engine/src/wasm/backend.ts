import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** What our kernels use of tfjs's wasm backend; tfjs hands kernels an untyped one. */
export type WasmBackend = Pick<BackendWasm, 'incRef' | 'makeOutput' | 'readSync' | 'typedArrayFromHeap'>;
