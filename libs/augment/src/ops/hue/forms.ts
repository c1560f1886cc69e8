import type { PixelOp } from '../pixel-op.ts';
import { hueBytes } from './bytes.ts';
import { hue } from './floats.ts';
import { hueWasm, type HueKernels } from './wasm.ts';

export const hueForms: PixelOp<[turns: number], HueKernels> = { floats: hue, bytes: hueBytes, wasm: hueWasm };
