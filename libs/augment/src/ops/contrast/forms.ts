import type { PixelOp } from '../pixel-op.ts';
import { contrastBytes } from './bytes.ts';
import { contrast } from './floats.ts';
import { contrastWasm, type ContrastKernels } from './wasm.ts';

export const contrastForms: PixelOp<[factor: number], ContrastKernels> = {
  floats: contrast,
  bytes: contrastBytes,
  wasm: contrastWasm,
};
