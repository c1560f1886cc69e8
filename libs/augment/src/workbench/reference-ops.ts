import type { Pixels } from '../ops/pixel-op.ts';
import { pixelOps, type PixelOps } from '../ops/pixel-ops.ts';
import { resizedCropBytes } from '../resample/resized-crop-bytes.ts';
import { resizedCrop, type ResizedCrop } from '../resample/resized-crop.ts';

/** One form of every op. */
function opsOf<P extends Pixels>(form: 'floats' | 'bytes', crop: ResizedCrop<P>): PixelOps<P> {
  const ops = Object.entries(pixelOps).map(([name, forms]) => [name, forms[form]]);
  return { ...(Object.fromEntries(ops) as PixelOps<P>), ...crop };
}

/** Floats in plain TypeScript. */
export const floatOps: PixelOps<Float32Array> = opsOf('floats', { resizedCrop });

/** Bytes in plain TypeScript. */
export const byteOps: PixelOps<Uint8Array> = opsOf('bytes', { resizedCrop: resizedCropBytes });
