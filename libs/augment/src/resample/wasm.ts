import type { Pixels } from '../ops/pixel-op.ts';
import type { Address, WasmMemory } from '../wasm/wasm-memory.ts';
import { verticalFirst } from './resized-crop-bytes.ts';
import type { CropBox, ResizedCrop, SourcePixels } from './resized-crop.ts';

type ResizeWork = (width: number, height: number, outWidth: number, outHeight: number) => number;
type Resize = (
  box: Address,
  pitch: number,
  width: number,
  height: number,
  outWidth: number,
  outHeight: number,
  kernel: number,
  out: Address,
  work: Address,
) => void;

/** resize-bytes.c, resize-floats.c */
export interface ResizeKernels {
  readonly resize_bytes_work: ResizeWork;
  readonly resize_floats_work: ResizeWork;
  readonly resize_bytes: Resize;
  readonly resize_floats: Resize;
}

/** Numbers that the C knows interpolation kernels by. */
const KERNEL_CODES = { bilinear: 0, bicubic: 1, 'bicubic-google': 2 } as const;

/** @param can whether the kernel can cut this box out of this image */
function resizedCropOf<P extends Pixels>(
  memory: WasmMemory,
  reference: ResizedCrop<P>,
  workOf: ResizeWork,
  resize: Resize,
  can: (image: SourcePixels, box: CropBox, outHeight: number) => boolean,
): ResizedCrop<P> {
  return {
    resizedCrop(image, box, outHeight, outWidth, interpolation, out) {
      const { width, height } = box;
      const work = workOf(width, height, outWidth, outHeight);
      if (!memory.allows(out, work) || !memory.holds(image.data) || !can(image, box, outHeight)) {
        reference.resizedCrop(image, box, outHeight, outWidth, interpolation, out);
        return;
      }
      resize(
        image.data.byteOffset + (box.top * image.width + box.left) * 3,
        image.width * 3,
        width,
        height,
        outWidth,
        outHeight,
        KERNEL_CODES[interpolation],
        out.byteOffset,
        memory.work,
      );
    },
  };
}

/** `resizedCrop` from an image in the kernels' memory to the canvas there; anything else goes to the reference. */
export const resizedCropWasm = {
  floats: (kernels: ResizeKernels, memory: WasmMemory, reference: ResizedCrop<Float32Array>) =>
    resizedCropOf(
      memory,
      reference,
      kernels.resize_floats_work,
      kernels.resize_floats,
      ({ data }) => !(data instanceof Float32Array),
    ),
  bytes: (kernels: ResizeKernels, memory: WasmMemory, reference: ResizedCrop<Uint8Array>) =>
    resizedCropOf(
      memory,
      reference,
      kernels.resize_bytes_work,
      kernels.resize_bytes,
      (_image, box, outHeight) => !verticalFirst(box, outHeight),
    ),
};
