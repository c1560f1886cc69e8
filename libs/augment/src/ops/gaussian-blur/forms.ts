import type { PixelOp } from '../pixel-op.ts';
import { gaussianBlurBytes } from './gaussian-bytes.ts';
import { gaussianBlur, type Border } from './gaussian-floats.ts';
import { gaussianBlurWasm, type GaussianBlurKernels } from './gaussian-wasm.ts';
import { pilBlurBytes } from './pil-bytes.ts';
import { pilBlur } from './pil-floats.ts';
import { pilBlurWasm, type PilBlurKernels } from './pil-wasm.ts';

/** PIL's `GaussianBlur`. */
export const pilBlurForms: PixelOp<[width: number, sigma: number], PilBlurKernels> = {
  floats: pilBlur,
  bytes: pilBlurBytes,
  wasm: pilBlurWasm,
};

/** A sampled Gaussian. */
export const gaussianBlurForms: PixelOp<
  [width: number, kernelSize: number, sigma: number, border: Border],
  GaussianBlurKernels
> = {
  floats: gaussianBlur,
  bytes: gaussianBlurBytes,
  wasm: gaussianBlurWasm,
};
