import type { BlendKernels } from '../../shared/blend-kernels.ts';
import type { PixelOp } from '../pixel-op.ts';
import { brightnessBytes } from './bytes.ts';
import { brightness } from './floats.ts';
import { brightnessWasm } from './wasm.ts';

export const brightnessForms: PixelOp<[factor: number], BlendKernels> = {
  floats: brightness,
  bytes: brightnessBytes,
  wasm: brightnessWasm,
};
