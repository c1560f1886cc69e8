import type { PixelOp } from '../pixel-op.ts';
import { horizontalFlip } from './flip.ts';
import { horizontalFlipWasm, type FlipKernels } from './wasm.ts';

export const horizontalFlipForms: PixelOp<[width: number], FlipKernels> = {
  floats: horizontalFlip,
  bytes: horizontalFlip,
  wasm: horizontalFlipWasm,
};
