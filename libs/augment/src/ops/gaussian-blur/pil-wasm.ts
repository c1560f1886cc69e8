import type { Address, WasmMemory } from '../../wasm/wasm-memory.ts';
import type { Pixels, WasmForm, WasmForms } from '../pixel-op.ts';
import { byteBox } from './pil-bytes.ts';
import { boxWeights, type BoxWeights } from './pil-floats.ts';

type BoxBlur = (
  pixels: Address,
  width: number,
  height: number,
  whole: number,
  inner: number,
  outer: number,
  work: Address,
) => void;
type BoxBlurWork = (width: number, height: number) => number;

/** pil-bytes.c, pil-floats.c */
export interface PilBlurKernels {
  readonly box_blur_bytes_work: BoxBlurWork;
  readonly box_blur_floats_work: BoxBlurWork;
  readonly box_blur_bytes: BoxBlur;
  readonly box_blur_floats: BoxBlur;
}

/** The largest whole radius of a box that the kernels' 16-bit sums hold. */
const MAX_BOX = 60;

/** @param boxOf null: nothing to do */
function boxBlur(
  memory: WasmMemory,
  boxOf: (sigma: number) => BoxWeights | null,
  work: BoxBlurWork,
  kernel: BoxBlur,
): WasmForm<Pixels, [width: number, sigma: number]> {
  return {
    needs: (pixels, width, sigma) =>
      (boxOf(sigma)?.whole ?? 0) > MAX_BOX ? Infinity : work(width, pixels.length / (width * 3)),
    run: (pixels, width, sigma) => {
      const box = boxOf(sigma);
      if (!box) return;
      const height = pixels.length / (width * 3);
      kernel(pixels.byteOffset, width, height, box.whole, box.inner, box.outer, memory.work);
    },
  };
}

export const pilBlurWasm: WasmForms<[width: number, sigma: number], PilBlurKernels> = {
  floats: (kernels, memory) => boxBlur(memory, boxWeights, kernels.box_blur_floats_work, kernels.box_blur_floats),
  bytes: (kernels, memory) => boxBlur(memory, byteBox, kernels.box_blur_bytes_work, kernels.box_blur_bytes),
  scratch: (kernels, type, width, height) =>
    (type === 'uint8' ? kernels.box_blur_bytes_work : kernels.box_blur_floats_work)(width, height),
};
