import type { PixelOp } from '../pixel-op.ts';
import { solarizeBytes } from './bytes.ts';
import { solarize } from './floats.ts';
import { solarizeWasm, type SolarizeKernels } from './wasm.ts';

export const solarizeForms: PixelOp<[threshold: number], SolarizeKernels> = {
  floats: solarize,
  bytes: solarizeBytes,
  wasm: solarizeWasm,
};
