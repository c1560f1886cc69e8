import type { BlendKernels } from '../../shared/blend-kernels.ts';
import type { WasmForms } from '../pixel-op.ts';

export const brightnessWasm: WasmForms<[factor: number], BlendKernels> = {
  floats: ({ scale_floats }) => ({
    run: (pixels, factor) => {
      scale_floats(pixels.byteOffset, pixels.length, factor, 0);
    },
  }),
  bytes: ({ blend_bytes }) => ({
    run: (pixels, factor) => {
      if (factor !== 1) blend_bytes(pixels.byteOffset, pixels.length, 0, factor);
    },
  }),
};
