import type { PixelOp } from '../pixel-op.ts';
import { saturationBytes } from './bytes.ts';
import { saturation } from './floats.ts';
import { saturationWasm, type SaturationKernels } from './wasm.ts';

export const saturationForms: PixelOp<[factor: number], SaturationKernels> = {
  floats: saturation,
  bytes: saturationBytes,
  wasm: saturationWasm,
};
