import type { PixelOp } from '../pixel-op.ts';
import { grayscaleBytes } from './bytes.ts';
import { grayscale } from './floats.ts';
import { grayscaleWasm, type GrayscaleKernels } from './wasm.ts';

export const grayscaleForms: PixelOp<[], GrayscaleKernels> = {
  floats: grayscale,
  bytes: grayscaleBytes,
  wasm: grayscaleWasm,
};
