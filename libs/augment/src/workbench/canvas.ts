import type { PixelOps } from '../ops/pixel-ops.ts';

/** Where a view is computed: room for its pixels, and the ops that are fastest there. */
export type Canvas =
  | { readonly type: 'float32'; readonly pixels: Float32Array; readonly ops: PixelOps<Float32Array> }
  | { readonly type: 'uint8'; readonly pixels: Uint8Array; readonly ops: PixelOps<Uint8Array> };
